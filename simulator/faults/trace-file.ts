// A run on disk: its first line is the plan's options as JSON, every further one what happened. Written for people and
// for `sim replay`, which runs it again and names the first line that differs.
import { readFileSync, writeFileSync } from 'node:fs';
import type { PlanOptions } from './plan.ts';

export interface TraceFile {
  options: PlanOptions;
  lines: string[];
}

export function writeTrace(file: string, { options, lines }: TraceFile): void {
  writeFileSync(file, `${JSON.stringify(options)}\n${lines.join('\n')}\n`);
}

export function readTrace(file: string): TraceFile {
  const [first = '', ...lines] = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
  const options = JSON.parse(first) as PlanOptions;
  if (!Number.isInteger(options.seed)) throw new Error(`${file} does not begin with the options of a run`);
  return { options, lines };
}

/** The number of the first line that differs, from 1; undefined if none does. */
export function firstDifference(one: readonly string[], other: readonly string[]): number | undefined {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1)
    if (one[index] !== other[index]) return index + 1;
  return undefined;
}
