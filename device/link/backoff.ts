// How long to wait before the next try: full jitter, so that a hall whose power returns does not knock at once.
// `fraction` is a number from 0 to below 1 that must come from the device's key.

export const BACKOFF_BASE_MS = 1000;
export const BACKOFF_LIMIT_MS = 60_000;

/** `attempt` counts failures in a row, at most 16. */
export function backoffMs(attempt: number, fraction: number): number {
  return Math.floor(fraction * Math.min(BACKOFF_LIMIT_MS, BACKOFF_BASE_MS * 2 ** attempt));
}
