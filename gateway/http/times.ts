// Times at the edge of the API: ISO 8601 with offset in, Asia/Shanghai out, milliseconds inside.
import { ApiError } from './errors.ts';

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;
/** Later than this a time is a mistake; it still fits the wire's 48 bits. */
const INSTANT_MAX_MS = Date.UTC(2100, 0, 1);

export function isoTime(timeMs: number): string {
  return new Date(timeMs + SHANGHAI_OFFSET_MS).toISOString().replace('Z', '+08:00');
}

/** The pattern was checked by the schema, the calendar is checked here. */
export function parseInstant(text: string, field: string): number {
  const timeMs = Date.parse(text);
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  const dayExists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (Number.isFinite(timeMs) && dayExists && timeMs >= 0 && timeMs < INSTANT_MAX_MS) return timeMs;
  throw new ApiError('request.field', { field, message: `${field} is not a time between 1970 and 2100.` });
}
