// Waits on the world's clock, ending early when the signal is raised. Never rejects.
import type { WorldClock } from '../ports.ts';

export function delay(clock: WorldClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal?.addEventListener('abort', end);
  });
}
