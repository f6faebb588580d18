// Makes the real interpreter read what is typed as it was typed: has the library preloaded that keeps its two threads
// from working on the queue of input at once.
import { compilePreload } from '../preload/compile-preload.ts';

const SOURCE = new URL('./guarded-input.c', import.meta.url);

/**
 * A copy of the environment that preloads it beside what that preloads already. The library is put into the device's
 * folder, and goes with it. Throws when there is no compiler.
 */
export function withGuardedInput(
  environment: NodeJS.ProcessEnv,
  device: { interpreter: string; folder: string },
): NodeJS.ProcessEnv {
  const library = compilePreload({ source: SOURCE, ...device });
  const preloaded = [library, environment.LD_PRELOAD].filter(Boolean).join(':');
  return { ...environment, LD_PRELOAD: preloaded };
}
