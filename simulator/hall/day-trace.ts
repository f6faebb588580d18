// The trace of a day on disk: its options as JSON, then every line.
import { writeFileSync } from 'node:fs';
import type { DayOptions } from './plan-day.ts';

export function writeTrace(file: string, trace: { options: DayOptions; lines: readonly string[] }): void {
  const { seed, windows, day } = trace.options;
  writeFileSync(file, `${JSON.stringify({ seed, windows, day })}\n${trace.lines.join('\n')}\n`);
}
