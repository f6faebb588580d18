// Until when an evaluation of a completed case is valid (黑政办发〔2020〕21号: within 5 working days of completion).
// Pure: completion, the hall's rules and the calendar in, one instant out.
import type { Calendar } from './calendar.ts';
import { dayOf, startOfDayMs } from './shanghai-days.ts';

export interface TermRules {
  days: number;
  kind: 'working' | 'natural';
  /** Whether the day of completion counts: it does not under Civil Code art. 201. */
  start: 'next-day' | 'same-day';
}

export const REGULATION_TERM: TermRules = { days: 5, kind: 'working', start: 'next-day' };

/** Longest search for a working day; a calendar that has none in so long is a mistake. */
const SEARCH_LIMIT_DAYS = 2000;

/**
 * 24:00 of the last day (Civil Code art. 203), as the first millisecond that is too late. A term of natural days
 * whose last day is not worked ends with the next working day (same article).
 */
export function termEndsMs(completedMs: number, rules: TermRules, calendar: Calendar): number {
  const completedDay = dayOf(completedMs);
  const first = rules.start === 'same-day' ? completedDay : completedDay + 1;
  let left = rules.days;
  for (let day = first; day < first + SEARCH_LIMIT_DAYS; day++) {
    const working = calendar.isWorkingDay(day);
    if (rules.kind === 'natural' || working) left -= 1;
    if (left <= 0 && working) return startOfDayMs(day + 1);
  }
  throw new Error(`no working day within ${SEARCH_LIMIT_DAYS} days of a completion`);
}
