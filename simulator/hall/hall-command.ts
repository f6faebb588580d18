// What `sim hall` does: plays a day, with a line of progress for each of its hours, and prints a report a person can
// read. Returns the exit code.
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { Printer } from '../faults/faults-command.ts';
import { describeFailure } from '../faults/report.ts';
import { runFolder } from '../faults/run-folder.ts';
import { writeTrace } from './day-trace.ts';
import { type DayOptions, planDay } from './plan-day.ts';
import { type DayReport, type Quantiles, runDay } from './run-day.ts';

const HOUR_CHARACTERS = '2026-02-13T09'.length;

export async function playHall(
  options: DayOptions & { trace?: string | undefined; json: boolean },
  { out, err }: Printer,
): Promise<number> {
  const lines: string[] = [];
  let hour = '';
  let thanked = 0;
  const { result, report } = await runDay({
    plan: planDay(options),
    folder: runFolder(),
    firmware: await loadFirmwareImage('linux'),
    onLine(line) {
      if (options.trace !== undefined) lines.push(line);
      if (line.includes(' thanked ')) thanked += 1;
      if (line.slice(0, HOUR_CHARACTERS) === hour) return;
      hour = line.slice(0, HOUR_CHARACTERS);
      err(`${hour.replace('T', ' ')} o'clock, ${thanked} evaluations`);
    },
  });
  if (options.trace !== undefined) writeTrace(options.trace, { options, lines });
  if (result.findings.length > 0) err(describeFailure(result));
  if (!report) return 1;
  for (const line of describeDay(options, report)) err(line);
  if (options.json) out(JSON.stringify(report));
  return result.findings.length > 0 ? 1 : 0;
}

function describeDay({ day, windows, seed }: DayOptions, report: DayReport): string[] {
  const levels = [5, 4, 3, 2, 1].map((level) => `${level}: ${report.levels[level]}`).join(', ');
  const told = ({ medianMs, p99Ms, longestMs }: Quantiles) =>
    `${seconds(medianMs)} in the middle, ${seconds(p99Ms)} at 99 %, ${seconds(longestMs)} at most`;
  return [
    `${day}, ${windows} windows, seed ${seed}`,
    `  visits ${report.visits}, invitations ${report.invitations}, of them batches ${report.batches}`,
    `  evaluations ${report.presses} (${levels}), changed before they counted ${report.changedMinds}`,
    `  key to thanks   ${told(report.keyToThanks)}`,
    `  key to record   ${told(report.keyToRecord)}`,
    `  key to province ${told(report.keyToProvince)}`,
    `  ${report.virtualSeconds} s of the hall in ${report.wallSeconds} s, ${report.timesRealTime} times real time`,
    `  trace ${report.hash}`,
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
