// What `sim hall` does: plays a day, with a line of progress for each of its hours, and prints a report a person can
// read: in virtual time, on one seed after another until one fails, or live. Returns the exit code.
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { Printer } from '../faults/faults-command.ts';
import { describeFailure } from '../faults/report.ts';
import { runFolder } from '../faults/run-folder.ts';
import { writeTrace } from './day-trace.ts';
import { type DayOptions, planDay } from './plan-day.ts';
import { type DayReport, type Measured, type Pace, type Quantiles, runDay } from './run-day.ts';
import { LIVE_ENDS_MS, type LiveReport, runLive } from './run-live.ts';

const HOUR_CHARACTERS = '2026-02-13T09'.length;

export interface HallOptions extends DayOptions {
  trace?: string | undefined;
  json: boolean;
  untilFailure: boolean;
}

/** With `untilFailure`, on one seed after another until an invariant breaks. */
export async function playHall(options: HallOptions, printer: Printer): Promise<number> {
  let code = await playDay(options, printer);
  for (let seed = options.seed + 1; options.untilFailure && code === 0; seed += 1)
    code = await playDay({ ...options, seed }, printer);
  return code;
}

async function playDay(options: HallOptions, { out, err }: Printer): Promise<number> {
  const lines: string[] = [];
  const progress = tellHours(err);
  const { result, report } = await runDay({
    plan: planDay(options),
    folder: runFolder(),
    firmware: await loadFirmwareImage('linux'),
    onLine(line) {
      if (options.trace !== undefined) lines.push(line);
      progress(line);
    },
  });
  if (options.trace !== undefined) writeTrace(options.trace, { options, lines });
  if (result.findings.length > 0) err(describeFailure(result));
  if (!report) return 1;
  for (const line of describeDay(options, report)) err(line);
  if (options.json) out(JSON.stringify(report));
  return result.findings.length > 0 ? 1 : 0;
}

function tellHours(err: Printer['err']): (line: string) => void {
  let hour = '';
  let thanked = 0;
  return (line) => {
    if (line.includes(' thanked ')) thanked += 1;
    if (line.slice(0, HOUR_CHARACTERS) === hour) return;
    hour = line.slice(0, HOUR_CHARACTERS);
    err(`${hour.replace('T', ' ')} o'clock, ${thanked} evaluations`);
  };
}

export interface LiveHallOptions extends DayOptions {
  speed: number;
  json: boolean;
  trace?: string | undefined;
  /** Undefined: without the page. */
  pagePort: number | undefined;
  /** Hours and minutes of the day at which it ends; undefined: after midnight. */
  untilMs: number | undefined;
  stop: AbortSignal;
}

/** The same day against the real gateway. */
export async function playLive(options: LiveHallOptions, { out, err }: Printer): Promise<number> {
  const plan = planDay(options);
  const progress = tellHours(err);
  const lines: string[] = [];
  const report = await runLive({
    plan: { ...plan, visits: plan.visits.map((visit) => ({ ...visit, isExcluded: false })) },
    speed: options.speed,
    pagePort: options.pagePort,
    untilMs: options.untilMs ?? LIVE_ENDS_MS,
    say: err,
    onLine(line) {
      if (options.trace !== undefined) lines.push(line);
      progress(line);
    },
    stop: options.stop,
  });
  if (options.trace !== undefined) writeTrace(options.trace, { options, lines });
  for (const line of describeLive(options, report)) err(line);
  if (options.json) out(JSON.stringify(report));
  return report.drained ? 0 : 1;
}

function describeLive(options: LiveHallOptions, report: LiveReport): string[] {
  return [
    ...describeSeen(options, report),
    `  at the gateway ${report.committed}, received by the province ${report.received}`,
    `  ${report.wallSeconds} s at ${report.speed} times real time; ${report.drained ? 'everything arrived' : 'NOT everything arrived'}`,
  ];
}

function describeDay(options: DayOptions, report: DayReport): string[] {
  return [
    ...describeSeen(options, report),
    `  ${describePace(report)}; ${report.cpuSeconds} s of processor time; while it was open ${describePace(report.openHours)}`,
    `  trace ${report.hash}`,
  ];
}

const describePace = ({ virtualSeconds, wallSeconds, timesRealTime }: Pace) =>
  `${virtualSeconds} s of the hall in ${wallSeconds} s, ${timesRealTime} times real time`;

type Seen = Omit<DayReport, Measured>;

function describeSeen({ day, windows, seed }: DayOptions, report: Seen): string[] {
  const levels = [5, 4, 3, 2, 1].map((level) => `${level}: ${report.levels[level]}`).join(', ');
  const told = ({ medianMs, p99Ms, longestMs }: Quantiles) =>
    `${seconds(medianMs)} in the middle, ${seconds(p99Ms)} at 99 %, ${seconds(longestMs)} at most`;
  return [
    `${day}, ${windows} windows, seed ${seed}`,
    `  visits ${report.visits}, invitations ${report.invitations}, of them batches ${report.batches}`,
    `  evaluations ${report.presses} (${levels}), changed before they counted ${report.changedMinds}; defaults ${report.defaults}`,
    `  key to thanks   ${told(report.keyToThanks)}`,
    `  key to record   ${told(report.keyToRecord)}`,
    `  key to province ${told(report.keyToProvince)}`,
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
