// How fast a hall in virtual time goes: a day from midnight to midnight with the gateway, and every evaluator and all people
// in its opening hours, in a process of its own as `npm run sim -- hall` starts it; and its opening hours by themselves.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DayReport } from '../../simulator/hall/run-day.ts';
import { V8_FLAGS } from '../../simulator/v8-flags.ts';

const DAY = '2026-02-13';
const LIMIT_MS = 30 * 60_000;
const program = fileURLToPath(new URL('../../bin/sim.js', import.meta.url));

/** Rejects when the day broke an invariant. */
export async function benchSim({ windows, seed }: { windows: number; seed: number }): Promise<object> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...V8_FLAGS,
      program,
      'hall',
      '--json',
      ...['--windows', String(windows), '--day', DAY, '--seed', String(seed)],
    ],
    { timeout: LIMIT_MS, maxBuffer: 64 << 20 },
  );
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as DayReport;
  const { virtualSeconds, wallSeconds, cpuSeconds, timesRealTime, openHours, presses } = report;
  return { windows, seed, virtualSeconds, wallSeconds, cpuSeconds, timesRealTime, openHours, presses };
}
