// The province decides at once and answers late, so that a caller's timeout may come before.
import type { ProvinceBehaviour } from './behaviour.ts';

export function slow({ delayMs }: { delayMs: number }): ProvinceBehaviour {
  return {
    name: 'slow',
    reply: (_, next) => {
      const reply = next();
      return reply.do === 'answer' ? { ...reply, delayMs: (reply.delayMs ?? 0) + delayMs } : reply;
    },
  };
}
