// When a term ends, for the model: the State Council's arrangements of 2025 and 2026 (国办发明电〔2024〕12号 and
// 〔2025〕7号), copied by hand; other years go by weekends and the statutory holidays of fixed date. Shanghai has
// kept UTC+8 all along. Shares nothing with the gateway's calendar: the two are compared.

const DAY_MS = 86_400_000;
const SHANGHAI_AHEAD_MS = 8 * 3_600_000;

/** First and last day off of each holiday. */
const HOLIDAYS = [
  ['2025-01-01', '2025-01-01'],
  ['2025-01-28', '2025-02-04'],
  ['2025-04-04', '2025-04-06'],
  ['2025-05-01', '2025-05-05'],
  ['2025-05-31', '2025-06-02'],
  ['2025-10-01', '2025-10-08'],
  ['2026-01-01', '2026-01-03'],
  ['2026-02-15', '2026-02-23'],
  ['2026-04-04', '2026-04-06'],
  ['2026-05-01', '2026-05-05'],
  ['2026-06-19', '2026-06-21'],
  ['2026-09-25', '2026-09-27'],
  ['2026-10-01', '2026-10-07'],
] as const;
/** Weekend days that are worked instead (调休). */
const MADE_UP = new Set([
  ...['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
  ...['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
]);
const ARRANGED_YEARS = new Set(['2025', '2026']);
/** 元旦, 劳动节 and 国庆节. */
const FIXED_HOLIDAYS = new Set(['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']);

export interface TermRules {
  termDays: number;
  termKind: 'working' | 'natural';
  /** Whether the day of completion itself counts. */
  termStart: 'next-day' | 'same-day';
  calendarOverrides: readonly { date: string; working: boolean }[];
}

/** `2026-02-13`. */
export const shanghaiDate = (ms: number) => new Date(ms + SHANGHAI_AHEAD_MS).toISOString().slice(0, 10);

export function isWorkingDay(date: string, overrides: TermRules['calendarOverrides']): boolean {
  const own = overrides.find((override) => override.date === date);
  if (own) return own.working;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  if (!ARRANGED_YEARS.has(date.slice(0, 4))) return !isWeekend && !FIXED_HOLIDAYS.has(date.slice(5));
  if (MADE_UP.has(date)) return true;
  return !isWeekend && !HOLIDAYS.some(([first, last]) => first <= date && date <= last);
}

/** The first moment after a term that runs from then: 24:00 of its last day, which is a working day (Civil Code art. 203). */
export function termEndMs(completedMs: number, rules: TermRules): number {
  let day = Date.parse(`${shanghaiDate(completedMs)}T00:00:00+08:00`);
  if (rules.termStart === 'next-day') day += DAY_MS;
  for (let left = rules.termDays; ; day += DAY_MS) {
    const isWorked = isWorkingDay(shanghaiDate(day), rules.calendarOverrides);
    if (isWorked || rules.termKind === 'natural') left -= 1;
    if (left <= 0 && isWorked) return day + DAY_MS;
  }
}
