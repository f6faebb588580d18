// Many plans on several processes, each of which gets its share at once; results come as they are ready.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { V8_FLAGS } from '../v8-flags.ts';
import type { PlanOptions } from './plan.ts';
import type { RunResult } from './run-plan.ts';

export interface RunSeedsOptions {
  plans: readonly PlanOptions[];
  processes: number;
  /** False ends the rest. */
  onResult(result: RunResult): boolean;
}

/** Rejects when a process ends by a fault. */
export async function runSeeds({ plans, processes, onResult }: RunSeedsOptions): Promise<void> {
  const file = fileURLToPath(new URL('start-worker.js', import.meta.url));
  const children = Array.from({ length: Math.min(processes, plans.length) }, () =>
    spawn(process.execPath, [...V8_FLAGS, file], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const child of children) child.kill();
  };
  await Promise.all(
    children.map(
      (child, number) =>
        new Promise<void>((resolve, reject) => {
          child.once('error', reject);
          // Its last result has been read then.
          child.once('close', (code) => {
            if (code === 0 || stopped) resolve();
            else reject(new Error(`a process of the simulation ended with exit code ${code}`));
          });
          createInterface(child.stdout).on('line', (line) => {
            if (!stopped && !onResult(JSON.parse(line) as RunResult)) stop();
          });
          child.stdin.end(JSON.stringify(plans.filter((_, index) => index % children.length === number)));
        }),
    ),
  ).catch((error: Error) => {
    stop();
    throw error;
  });
}
