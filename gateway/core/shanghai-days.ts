// Days of Asia/Shanghai as whole numbers counted from 1970-01-01, and back. China has one zone and no summer time,
// so this is UTC+8 by arithmetic: the zone of the server's process is never asked.

export const DAY_MS = 86_400_000;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** Days since 1970-01-01 in Asia/Shanghai. */
export function dayOf(timeMs: number): number {
  return Math.floor((timeMs + SHANGHAI_OFFSET_MS) / DAY_MS);
}

/** 00:00 of the day, which is 24:00 of the day before. */
export function startOfDayMs(day: number): number {
  return day * DAY_MS - SHANGHAI_OFFSET_MS;
}

/** YYYY-MM-DD. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Undefined when it is no date of the calendar. */
export function dayOfDate(date: string): number | undefined {
  const timeMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(timeMs)) return undefined;
  const day = timeMs / DAY_MS;
  return dateOf(day) === date ? day : undefined;
}

export function yearOf(timeMs: number): number {
  return Number(dateOf(dayOf(timeMs)).slice(0, 4));
}
