// What the demo's tests share: the demo as a program with its last line read, and the demo in this process with a
// folder of its own. Everything waits for conditions with a bound.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRealClock } from '../engines/real-clock.ts';
import { delay } from '../window-system/delay.ts';
import type { DemoResult } from './run-demo.ts';

/** A run with its start, drain and stop takes about 20 s on two busy cores. */
const RUN_LIMIT_MS = 90_000;

const main = fileURLToPath(new URL('main.ts', import.meta.url));

export const clock = createRealClock();

export interface DemoProgram {
  readonly child: ChildProcess;
  /** Everything for people so far. */
  progress(): string;
  /** Throws with everything for people if the condition does not come, or the demo ends before it. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Exit code, and the account if one was printed. One that does not end is killed: its exit code is null. */
  readonly ended: Promise<{ exitCode: number | null; result: DemoResult | undefined; progress: string }>;
}

export function startDemo(...options: string[]): DemoProgram {
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--json', '--no-page', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let progress = '';
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    progress += chunk;
  });
  let isRunning = true;
  const cancel = clock.after(RUN_LIMIT_MS, () => {
    progress += `Killed: it runs for more than ${RUN_LIMIT_MS} ms.\n`;
    child.kill('SIGKILL');
  });
  const ended = new Promise<Awaited<DemoProgram['ended']>>((resolve) => {
    child.once('close', (exitCode) => {
      isRunning = false;
      cancel();
      const last = output.trimEnd().split('\n').at(-1) ?? '';
      resolve({ exitCode, result: last === '' ? undefined : (JSON.parse(last) as DemoResult), progress });
    });
  });
  return {
    child,
    progress: () => progress,
    until: async (what, condition) => {
      await until(what, () => condition() || !isRunning, RUN_LIMIT_MS);
      if (!condition()) throw new Error(`the demo ended before: ${what}\n${progress}`);
    },
    ended,
  };
}

export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-demo-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Throws what was awaited when the limit is reached. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  const endMs = clock.monotonicMs() + limitMs;
  while (!(await condition())) {
    if (clock.monotonicMs() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await delay(clock, 25);
  }
}
