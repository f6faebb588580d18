// The clock of the gateway's machine: true time, ahead or behind by so much, going too fast or too slow. Its
// monotonic side drifts alike but never jumps, and does not outlive a start of the machine.
import type { Cancel, Clock } from '../../gateway/ports.ts';
import type { WorldClock } from '../ports.ts';

export interface MachineClock {
  /** A process's view of it; nothing of it runs any more once `isAlive` says no. */
  of(isAlive: () => boolean, onRun: () => void): Clock;
  nowMs(): number;
  /** How far it is ahead of true time. */
  aheadMs(): number;
  /** Wall time alone, as by a person or a time server. */
  jump(byMs: number): void;
  /** Parts of a second it gains in one. */
  drift(rate: number): void;
  /** It keeps time again, and a time server takes back what it gained. */
  endDrift(): void;
}

export function createMachineClock(world: WorldClock): MachineClock {
  let ahead = 0;
  let rate = 0;
  let sinceMs = world.monotonicMs();
  /** Gained by drift until `sinceMs`. */
  let gained = 0;
  /** Of that, taken back. */
  let takenBack = 0;
  const gainedMs = () => gained + (world.monotonicMs() - sinceMs) * rate;
  const aheadMs = () => ahead + gainedMs() - takenBack;
  const nowMs = () => Math.floor(world.wallMs() + aheadMs());
  return {
    nowMs,
    aheadMs,
    jump(byMs) {
      ahead += byMs;
    },
    drift(next) {
      gained = gainedMs();
      sinceMs = world.monotonicMs();
      rate = next;
    },
    endDrift() {
      gained = gainedMs();
      sinceMs = world.monotonicMs();
      rate = 0;
      takenBack = gained;
    },
    of: (isAlive, onRun) => ({
      nowMs,
      monotonicMs: () => world.monotonicMs() + gainedMs(),
      after(delayMs, run): Cancel {
        return world.after(delayMs / (1 + rate), () => {
          if (!isAlive()) return;
          onRun();
          run();
        });
      },
    }),
  };
}
