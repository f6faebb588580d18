// The one clock of a virtual world: goes only when told, and runs what is due in the order of its time, then of its
// making. Nothing in a world that uses it waits for real time.
import type { Cancel, WorldClock } from '../ports.ts';

export interface VirtualClock extends WorldClock {
  /** Runs everything that falls due within `ms`. */
  advance(ms: number): void;
  /** Runs the next event that falls due until `untilMs` (of the monotonic clock); false if there is none. */
  step(untilMs: number): boolean;
  /** Goes on until `condition` holds, checked after every event; false when `limitMs` passed first. */
  advanceUntil(condition: () => boolean, limitMs: number): boolean;
}

export interface VirtualClockOptions {
  /** Wall time at the start, milliseconds since 1970-01-01 UTC. */
  wallMs: number;
}

interface Entry {
  atMs: number;
  order: number;
  run: (() => void) | undefined;
}

export function createVirtualClock({ wallMs }: VirtualClockOptions): VirtualClock {
  const heap: Entry[] = [];
  let nowMs = 0;
  let made = 0;

  const earlier = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  const push = (entry: Entry) => {
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  };

  const pop = (): Entry => {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child += 1;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  };

  /** Runs the next entry due until `endMs`; false if there is none. */
  const step = (endMs: number): boolean => {
    while (heap.length > 0 && heap[0]!.run === undefined) pop();
    const next = heap[0];
    if (!next || next.atMs > endMs) return false;
    pop();
    nowMs = Math.max(nowMs, next.atMs);
    const run = next.run!;
    next.run = undefined;
    run();
    return true;
  };

  return {
    wallMs: () => Math.floor(wallMs + nowMs),
    monotonicMs: () => nowMs,
    after(delayMs, run): Cancel {
      const entry: Entry = { atMs: nowMs + Math.max(0, delayMs), order: made++, run };
      push(entry);
      return () => {
        entry.run = undefined;
      };
    },
    step,
    advance(ms) {
      const endMs = nowMs + ms;
      while (step(endMs));
      nowMs = endMs;
    },
    advanceUntil(condition, limitMs) {
      const endMs = nowMs + limitMs;
      while (!condition()) {
        if (step(endMs)) continue;
        nowMs = endMs;
        return condition();
      }
      return true;
    },
  };
}
