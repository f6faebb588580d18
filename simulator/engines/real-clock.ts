// The world's clock in real time, or a whole number of times faster. The only file of the simulator that reads this
// machine's clock for devices.

import { performance } from 'node:perf_hooks';
import type { WorldClock } from '../ports.ts';

/** Node's timers cannot wait longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** `speed`: milliseconds that go by in one of this machine's, so that a test of minutes takes seconds. */
export function createRealClock({ speed = 1 }: { speed?: number | undefined } = {}): WorldClock {
  const begunMs = performance.now();
  const wallAtBeginMs = Date.now();
  const monotonicMs = () => begunMs + (performance.now() - begunMs) * speed;
  return {
    wallMs: () => (speed === 1 ? Date.now() : Math.floor(wallAtBeginMs + monotonicMs() - begunMs)),
    monotonicMs,
    after(delayMs, run) {
      const endMs = monotonicMs() + delayMs;
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const leftMs = Math.ceil((endMs - monotonicMs()) / speed);
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
