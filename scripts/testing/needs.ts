// Tests that need a real program: skipped with a word where it is missing, failing in CI.
import { execFileSync } from 'node:child_process';

export interface Need {
  /** The test is to be skipped. */
  skip: boolean;
  title(sentence: string): string;
}

/** `program` is looked for on the path. */
export function needs(program: string): Need {
  const missing = !isInstalled(program);
  const skip = missing && process.env.CI !== 'true';
  return { skip, title: (sentence) => (skip ? `skipped: needs ${program}: ${sentence}` : sentence) };
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
