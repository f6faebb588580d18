// The rules at work as configured: calendar, clock watch and default sweep together.
import type { GatewayConfig } from '../config/load.ts';
import { makeCalendar } from '../core/calendar.ts';
import type { Clock, Counters, Log, Sessions, Writer } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { makeCalendarWatch } from './calendar-watch.ts';
import { makeClockWatch } from './clock-watch.ts';
import { makeDefaultSweep } from './default-sweep.ts';
import { watchEmptyJournals } from './empty-journals.ts';

export interface RulesParts {
  writer: Writer;
  reader: Reader;
  sessions: Sessions;
  clock: Clock;
  counters: Counters;
  log: Log;
  /** After so long a default goes upstream although an evaluator has not reported an empty journal. */
  defaultsHeldMs: number;
}

export interface RunningRules {
  /** Years of running terms for which there is no arrangement of working days. */
  unknownYears(): number[];
  stop(): Promise<void>;
}

/** Before anything of this start is stored. */
export function startRules(config: GatewayConfig, parts: RulesParts): RunningRules {
  const { sessions, clock } = parts;
  const calendar = makeCalendar(config.calendar.overrides);
  const calendarWatch = makeCalendarWatch({ ...parts, calendar });
  const sweep = makeDefaultSweep({
    ...parts,
    calendarWatch,
    clockWatch: makeClockWatch(parts),
    emptyJournals: watchEmptyJournals(sessions, clock, parts.reader),
    heldLimitMs: parts.defaultsHeldMs,
  });
  sweep.start();
  return { unknownYears: calendarWatch.unknownYears, stop: sweep.stop };
}
