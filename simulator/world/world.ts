// One world in one process: an ordered queue of events, one seed, one trace. Production code runs in it behind the ports
// it already has; after every event that reached it, its promises come to rest before the next event.
import { type Random, seededRandom } from '../people/random.ts';
import { prepareLate } from './late-statements.ts';
import { seedRandomness } from './seeded-randomness.ts';
import { makeTrace, type Trace } from './trace.ts';
import { takeTurns } from './turns.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface World {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  /** A stream of its own for each user. */
  random(label: string): Random;
  /** Something was given to code that goes on by promises. */
  touch(): void;
  sleep(ms: number): Promise<void>;
  /** Drops what production code put off: its process has ended. */
  dropTurns(): void;
  /** Lets time stand still for work that needs none, such as a start. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Until this moment of the monotonic clock. */
  runTo(untilMs: number): Promise<void>;
  /** False when `limitMs` passed first; looked at once a virtual second. */
  runUntil(condition: () => boolean, limitMs: number): Promise<boolean>;
  /** What went wrong in code that nobody waits for. */
  fault: unknown;
  end(): void;
}

const LOOK_EVERY_MS = 1000;

export function createWorld(options: {
  seed: number;
  wallMs: number;
  onLine?: ((line: string) => void) | undefined;
}): World {
  const { seed } = options;
  const clock = createVirtualClock({ wallMs: options.wallMs });
  const trace = makeTrace({ wallMs: clock.wallMs, onLine: options.onLine });
  const giveRandomnessBack = seedRandomness(seed);
  const prepareAtOnce = prepareLate();
  const turns = takeTurns();
  let touched = false;

  const world: World = {
    clock,
    trace,
    random: (label) => seededRandom(seed, label),
    touch() {
      touched = true;
    },
    sleep: (ms) =>
      new Promise((resolve) => {
        clock.after(ms, () => {
          touched = true;
          resolve();
        });
      }),
    dropTurns: turns.drop,
    hold(work) {
      touched = true;
      return turns.hold(work);
    },
    async runTo(untilMs) {
      await turns.run(() => {
        if (world.fault) throw world.fault;
        touched = false;
        while (clock.step(untilMs)) if (touched) return true;
        return false;
      });
      clock.advance(Math.max(0, untilMs - clock.monotonicMs()));
    },
    async runUntil(condition, limitMs) {
      const endMs = clock.monotonicMs() + limitMs;
      while (!condition()) {
        if (clock.monotonicMs() >= endMs) return false;
        await world.runTo(Math.min(endMs, clock.monotonicMs() + LOOK_EVERY_MS));
      }
      return true;
    },
    fault: undefined,
    end() {
      turns.end();
      prepareAtOnce();
      giveRandomnessBack();
    },
  };
  return world;
}
