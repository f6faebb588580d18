// A clock that goes faster than this machine's, by a factor that may change while it runs: programs that take their time
// from it live a day in minutes. Timers that wait are set anew when the pace changes. Real sockets stay as fast as they are,
// and so does the machine: time in which this process did not get its turn does not count, or everyone in it would think
// the others silent.
import { performance } from 'node:perf_hooks';
import type { Cancel, WorldClock } from '../ports.ts';

/** Node's timers cannot wait longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** How often the process shows that it gets its turn, and how much counts until it does so again. */
const PULSE_MS = 20;
const COUNTED_LIMIT_MS = 30;

export interface PacedClock extends WorldClock {
  /** As the gateway's port calls it. */
  nowMs(): number;
  readonly speed: number;
  setSpeed(speed: number): void;
}

interface Entry {
  dueMs: number;
  run: () => void;
  timer: NodeJS.Timeout | undefined;
}

export function createPacedClock(options: {
  /** Wall time at monotonic 0. */
  beginsMs: number;
  /** Monotonic time at the start. */
  startMs: number;
  speed: number;
}): PacedClock {
  let { startMs: atMs, speed } = options;
  let sinceMs = performance.now();
  const entries = new Set<Entry>();
  const monotonicMs = () => atMs + Math.min(performance.now() - sinceMs, COUNTED_LIMIT_MS) * speed;
  const count = () => {
    atMs = monotonicMs();
    sinceMs = performance.now();
  };
  setInterval(count, PULSE_MS).unref();
  const arm = (entry: Entry) => {
    const leftMs = (entry.dueMs - monotonicMs()) / speed;
    entry.timer = setTimeout(() => due(entry), Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(leftMs))));
  };
  const due = (entry: Entry) => {
    if (monotonicMs() < entry.dueMs) return arm(entry);
    entries.delete(entry);
    entry.run();
  };
  const wallMs = () => Math.floor(options.beginsMs + monotonicMs());
  return {
    wallMs,
    nowMs: wallMs,
    monotonicMs,
    after(delayMs, run): Cancel {
      const entry: Entry = { dueMs: monotonicMs() + Math.max(0, delayMs), run, timer: undefined };
      entries.add(entry);
      arm(entry);
      return () => {
        clearTimeout(entry.timer);
        entries.delete(entry);
      };
    },
    get speed() {
      return speed;
    },
    setSpeed(next) {
      count();
      speed = next;
      for (const entry of entries) {
        clearTimeout(entry.timer);
        arm(entry);
      }
    },
  };
}
