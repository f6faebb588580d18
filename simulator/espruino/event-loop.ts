// The one thread of a device: jobs run in the order they came, one at a time, and none runs while the
// interpreter is held (connecting blocks it) or stopped (power is off). It knows nothing of time.

export type Job = () => void;

/** Espruino's event queue is a fixed buffer too; what does not fit is lost and flagged. */
export const QUEUE_LIMIT_JOBS = 10_000;
/** A program that queues without end would otherwise never let the world go on. */
const TURN_LIMIT_JOBS = 100_000;

export class EventLoop {
  readonly #onError: (error: unknown) => void;
  readonly #onOverflow: () => void;
  readonly #around: (jobs: () => void) => void;
  readonly #jobs = () => this.#runJobs();
  readonly #queue: Job[] = [];
  #holds = 0;
  #running = false;
  #stopped = false;

  constructor(options: {
    onError: (error: unknown) => void;
    onOverflow: () => void;
    /** Jobs run within it. */
    around?: (jobs: () => void) => void;
  }) {
    this.#onError = options.onError;
    this.#onOverflow = options.onOverflow;
    this.#around = options.around ?? ((jobs) => jobs());
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Runs `job` now, or after the jobs before it. */
  post(job: Job): void {
    if (this.#stopped) return;
    if (this.#queue.length >= QUEUE_LIMIT_JOBS) {
      this.#onOverflow();
      return;
    }
    this.#queue.push(job);
    this.#drain();
  }

  /** Blocks the interpreter until the returned function is called; it may be called twice. */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      this.#drain();
    };
  }

  /** Forgets everything queued; nothing runs any more. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  #drain(): void {
    if (this.#running || this.#holds > 0) return;
    this.#running = true;
    this.#around(this.#jobs);
    this.#running = false;
  }

  #runJobs(): void {
    for (let count = 0; this.#queue.length > 0 && this.#holds === 0 && !this.#stopped; count++) {
      if (count >= TURN_LIMIT_JOBS) {
        this.#queue.length = 0;
        this.#onOverflow();
        break;
      }
      const job = this.#queue.shift()!;
      try {
        job();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
