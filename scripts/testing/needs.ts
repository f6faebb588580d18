// Tests that need a real program or a right: skipped with a word where it is missing. In CI a missing program fails,
// because .ci/run installs it; a right no script can install.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Need {
  /** The test is to be skipped. */
  skip: boolean;
  title(sentence: string): string;
}

/** `program` is looked for on the path. */
export function needs(program: string): Need {
  return needOf({ what: program, skip: !isInstalled(program) && process.env.CI !== 'true' });
}

/** Root's right to mount a file system, which containers often lack. */
export function needsToMount(): Need {
  return needOf({ what: 'root', skip: !canMount() });
}

function needOf({ what, skip }: { what: string; skip: boolean }): Need {
  return { skip, title: (sentence) => (skip ? `skipped: needs ${what}: ${sentence}` : sentence) };
}

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
