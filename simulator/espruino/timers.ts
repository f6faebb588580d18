// setTimeout, setInterval and their kin, on one alarm of the world's clock. When several are due at once they
// run in the order they were made, as Espruino walks its timer array, not in the order of their times. As there, the
// id of the newest timer is given again once that one is gone: who clears a timer that has run may hit another.

import type { Cancel, WorldClock } from '../ports.ts';
import type { EventLoop } from './event-loop.ts';

/** Espruino's shortest timer. */
const SHORTEST_MS = 0.1;
const LONGEST_MS = 3_153_600_000_000;

interface Timer {
  readonly id: number;
  dueMs: number;
  periodMs: number | undefined;
  run: () => void;
}

export class Timers {
  readonly #clock: WorldClock;
  readonly #loop: EventLoop;
  readonly #onError: (error: unknown) => void;
  readonly #timers = new Map<number, Timer>();
  /** Of the newest that is left. */
  #lastId = 0;
  #alarm: { atMs: number; cancel: Cancel } | undefined;
  /** Those that are due run, and are due at other times from then on: the alarm is set anew for each change. */
  #isRunning = false;

  constructor(options: { clock: WorldClock; loop: EventLoop; onError: (error: unknown) => void }) {
    this.#clock = options.clock;
    this.#loop = options.loop;
    this.#onError = options.onError;
  }

  /** Returns the id that `clear` and `change` take. */
  add(run: () => void, delayMs: number, repeat: boolean): number {
    const waitMs = boundedDelay(delayMs);
    const id = ++this.#lastId;
    const dueMs = this.#clock.monotonicMs() + waitMs;
    this.#timers.set(id, { id, dueMs, periodMs: repeat ? waitMs : undefined, run });
    if (!this.#isFirst(dueMs)) return id;
    this.#arm();
    return id;
  }

  clear(id: number): void {
    const dueMs = this.#timers.get(id)?.dueMs ?? Number.POSITIVE_INFINITY;
    this.#remove(id);
    if (this.#isFirst(dueMs)) this.#arm();
  }

  clearAll(): void {
    this.#timers.clear();
    this.#lastId = 0;
    this.#arm();
  }

  change(id: number, delayMs: number): boolean {
    const timer = this.#timers.get(id);
    if (!timer) return false;
    const waitMs = boundedDelay(delayMs);
    timer.dueMs = this.#clock.monotonicMs() + waitMs;
    if (timer.periodMs !== undefined) timer.periodMs = waitMs;
    this.#arm();
    return true;
  }

  get count(): number {
    return this.#timers.size;
  }

  #remove(id: number): void {
    this.#timers.delete(id);
    if (id !== this.#lastId) return;
    this.#lastId = 0;
    for (const left of this.#timers.keys()) this.#lastId = left;
  }

  /** Whether the alarm may have to be set anew for a timer that has come or gone. */
  #isFirst(dueMs: number): boolean {
    return this.#isRunning || this.#alarm === undefined || dueMs <= this.#alarm.atMs;
  }

  #arm(): void {
    let atMs = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers.values()) if (timer.dueMs < atMs) atMs = timer.dueMs;
    if (this.#alarm?.atMs === atMs) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (atMs === Number.POSITIVE_INFINITY || this.#loop.stopped) return;
    const delayMs = Math.max(0, atMs - this.#clock.monotonicMs());
    const cancel = this.#clock.after(delayMs, () => {
      this.#alarm = undefined;
      this.#loop.post(() => this.#runDue());
    });
    this.#alarm = { atMs, cancel };
  }

  #runDue(): void {
    this.#isRunning = true;
    const nowMs = this.#clock.monotonicMs();
    const due: Timer[] = [];
    for (const timer of this.#timers.values()) if (timer.dueMs <= nowMs) due.push(timer);
    for (const timer of due) {
      if (this.#loop.stopped) return;
      if (this.#timers.get(timer.id) !== timer || timer.dueMs > nowMs) continue;
      if (timer.periodMs === undefined) timer.dueMs = Number.POSITIVE_INFINITY;
      else timer.dueMs += timer.periodMs;
      try {
        timer.run();
      } catch (error) {
        this.#onError(error);
      }
      // Its id is taken until it has run, and may be another's already.
      const isOver = timer.dueMs === Number.POSITIVE_INFINITY;
      if (isOver && this.#timers.get(timer.id) === timer) this.#remove(timer.id);
    }
    this.#isRunning = false;
    this.#arm();
  }
}

function boundedDelay(delayMs: number): number {
  if (Number.isNaN(delayMs) || delayMs < SHORTEST_MS) return SHORTEST_MS;
  if (delayMs > LONGEST_MS) throw new Error('Interval is too long (>100 years)');
  return delayMs;
}
