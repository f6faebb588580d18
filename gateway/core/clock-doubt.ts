// Whether the wall clock may end terms: a default set by a wrong clock would take people's evaluations away. Pure.

/** Wall time may depart from monotonic time by this much since it was last believed. */
export const CLOCK_JUMP_LIMIT_MS = 5 * 60_000;
/** A start this long after the newest fact may be a clock that lost its battery. */
export const CLOCK_SILENCE_LIMIT_MS = 24 * 3_600_000;

export type ClockDoubt = 'jumped' | 'before-newest-fact' | 'long-after-newest-fact';

export interface ClockReading {
  wallMs: number;
  monotonicMs: number;
}

/** `newestFactMs` is undefined in a database without facts: nothing can be wrong there yet. */
export function doubtAtStart(wallMs: number, newestFactMs: number | undefined): ClockDoubt | undefined {
  if (newestFactMs !== undefined && wallMs - newestFactMs > CLOCK_SILENCE_LIMIT_MS)
    return 'long-after-newest-fact';
  return doubtByFact(wallMs, newestFactMs);
}

export function doubtWhileRunning(
  now: ClockReading,
  believed: ClockReading,
  newestFactMs: number | undefined,
): ClockDoubt | undefined {
  const departureMs = now.wallMs - believed.wallMs - (now.monotonicMs - believed.monotonicMs);
  if (Math.abs(departureMs) > CLOCK_JUMP_LIMIT_MS) return 'jumped';
  return doubtByFact(now.wallMs, newestFactMs);
}

/** Less than the limit is NTP at work: the sweep only waits until the clock has passed the fact. */
function doubtByFact(wallMs: number, newestFactMs: number | undefined): ClockDoubt | undefined {
  return newestFactMs !== undefined && newestFactMs - wallMs > CLOCK_JUMP_LIMIT_MS
    ? 'before-newest-fact'
    : undefined;
}
