// The world's clock in real time. The only file of the simulator that reads this machine's clock for devices.

import { performance } from 'node:perf_hooks';
import type { WorldClock } from '../ports.ts';

/** Node's timers cannot wait longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export function createRealClock(): WorldClock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const endMs = performance.now() + delayMs;
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const leftMs = Math.ceil(endMs - performance.now());
        timer = setTimeout(
          leftMs > LONGEST_WAIT_MS ? wait : run,
          Math.min(Math.max(0, leftMs), LONGEST_WAIT_MS),
        );
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
