// The province decides and answers late: the delay passes first, so that a caller's timeout may come before.
import type { WorldClock } from '../../ports.ts';
import type { ProvinceBehaviour } from './behaviour.ts';

export function slow({ delayMs, clock }: { delayMs: number; clock: WorldClock }): ProvinceBehaviour {
  return {
    name: 'slow',
    handle: ({ response }, next) => {
      const cancel = clock.after(delayMs, next);
      response.once('close', cancel);
    },
  };
}
