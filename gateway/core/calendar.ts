// Which days are worked: the State Council's arrangement as a table, and the hall's own overrides on top. A year
// without an arrangement goes by weekends and the statutory holidays of fixed date, and says that it is not known.
import { CALENDAR_TABLE } from './calendar-table.ts';
import { DAY_MS, dateOf, yearOf } from './shanghai-days.ts';

export interface DayOverride {
  /** YYYY-MM-DD in Asia/Shanghai. */
  date: string;
  working: boolean;
}

export interface Calendar {
  /** Days since 1970-01-01 in Asia/Shanghai. */
  isWorkingDay(day: number): boolean;
  knowsYear(year: number): boolean;
}

/** 全国年节及纪念日放假办法 art. 2: New Year, Labour Day, National Day; the others follow the lunar calendar. */
const FIXED_HOLIDAYS = new Set(['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']);

export type CalendarTable = Readonly<Record<number, { off: string; worked: string }>>;

export function makeCalendar(
  overrides: readonly DayOverride[] = [],
  table: CalendarTable = CALENDAR_TABLE,
): Calendar {
  const departing = new Map<string, boolean>();
  for (const [year, { off, worked }] of Object.entries(table)) {
    for (const date of off.split(' ')) departing.set(`${year}-${date}`, false);
    for (const date of worked.split(' ')) departing.set(`${year}-${date}`, true);
  }
  for (const { date, working } of overrides) departing.set(date, working);
  const knowsYear = (year: number) => table[year] !== undefined;
  return {
    knowsYear,
    isWorkingDay(day) {
      const date = dateOf(day);
      const said = departing.get(date);
      if (said !== undefined) return said;
      const weekday = new Date(day * DAY_MS).getUTCDay();
      if (weekday === 0 || weekday === 6) return false;
      return knowsYear(Number(date.slice(0, 4))) || !FIXED_HOLIDAYS.has(date.slice(5));
    },
  };
}

/** The arrangement of a year is published in November before: from then on the hall needs the next year's too. */
const LOOK_AHEAD_MS = 31 * DAY_MS;

/** Years that terms running now may touch and that have no arrangement. */
export function unknownYears(calendar: Calendar, nowMs: number): number[] {
  const years = new Set([yearOf(nowMs), yearOf(nowMs + LOOK_AHEAD_MS)]);
  return [...years].filter((year) => !calendar.knowsYear(year));
}
