// Gathers changes and tells of them once, soon after the first: pages get at most one whole state per interval.
import type { Cancel, WorldClock } from '../ports.ts';

export interface Throttle {
  touch(): void;
  stop(): void;
}

export function createThrottle(options: {
  clock: WorldClock;
  intervalMs: number;
  run: () => void;
}): Throttle {
  let pending: Cancel | undefined;
  return {
    touch: () => {
      pending ??= options.clock.after(options.intervalMs, () => {
        pending = undefined;
        options.run();
      });
    },
    stop: () => {
      pending?.();
      pending = undefined;
    },
  };
}
