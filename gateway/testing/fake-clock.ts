// A clock that stands still until a test moves it. Timers run once when time has reached them, not once for every
// time they would have been set again on the way.
import type { Clock } from '../ports.ts';

export interface FakeClock extends Clock {
  /** Wall and monotonic time go on together; timers that are due run. */
  advance(forMs: number): void;
  /** Wall time alone is set, as by a person or a broken battery. */
  jump(byMs: number): void;
}

export function makeFakeClock(startMs: number): FakeClock {
  let wallMs = startMs;
  let monotonicMs = 1000;
  const timers = new Map<object, { atMs: number; run: () => void }>();
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, run) {
      const id = {};
      timers.set(id, { atMs: monotonicMs + delayMs, run });
      return () => timers.delete(id);
    },
    advance(forMs) {
      wallMs += forMs;
      monotonicMs += forMs;
      for (const [id, { atMs, run }] of [...timers]) {
        if (atMs > monotonicMs || !timers.delete(id)) continue;
        run();
      }
    },
    jump(byMs) {
      wallMs += byMs;
    },
  };
}
