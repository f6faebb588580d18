// Wall time as a hall reads it. The interpreter's Date knows no time zone here: the whole country keeps UTC+8.

const ZONE_OFFSET_MS = 8 * 3_600_000;

export interface WallClock {
  year: number;
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
}

/** Undefined while the time is unknown. */
export function clockOf(wallMs: number): WallClock | undefined {
  if (!wallMs) return undefined;
  const date = new Date(wallMs + ZONE_OFFSET_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}
