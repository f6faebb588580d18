// Timers whose time passes only when a test says so.
import type { TimerId, Timers } from '../../ports.ts';

export interface FakeTimers extends Timers {
  /** Runs everything due within the time, in order. */
  advance(durationMs: number): void;
  readonly pending: number;
}

export function createFakeTimers(): FakeTimers {
  let nowMs = 0;
  let lastId = 0;
  const waiting: { id: TimerId; atMs: number; run: () => void }[] = [];
  return {
    uptimeMs: () => nowMs,
    after(delayMs, run) {
      waiting.push({ id: ++lastId, atMs: nowMs + delayMs, run });
      return lastId;
    },
    cancel(timer) {
      const at = waiting.findIndex((one) => one.id === timer);
      if (at >= 0) waiting.splice(at, 1);
    },
    advance(durationMs) {
      const endMs = nowMs + durationMs;
      for (;;) {
        const due = waiting
          .filter((one) => one.atMs <= endMs)
          .sort((a, b) => a.atMs - b.atMs || a.id - b.id)[0];
        if (!due) break;
        waiting.splice(waiting.indexOf(due), 1);
        nowMs = Math.max(nowMs, due.atMs);
        due.run();
      }
      nowMs = endMs;
    },
    get pending() {
      return waiting.length;
    },
  };
}
