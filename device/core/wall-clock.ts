// Wall time as a hall reads it. The interpreter's Date knows no time zone here: the whole country keeps UTC+8.

const ZONE_OFFSET_MS = 8 * 3_600_000;

export interface WallClock {
  /** yyyy-mm-dd. */
  date: string;
  /** 0 is Sunday. */
  weekday: number;
  /** Since midnight. */
  minutes: number;
}

/** Undefined while the time is unknown. */
export function clockOf(wallMs: number): WallClock | undefined {
  if (!wallMs) return undefined;
  const date = new Date(wallMs + ZONE_OFFSET_MS);
  return {
    date: date.toISOString().slice(0, 10),
    weekday: date.getUTCDay(),
    minutes: date.getUTCHours() * 60 + date.getUTCMinutes(),
  };
}
