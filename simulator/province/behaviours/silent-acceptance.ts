// The province decides and records, then the connection breaks before the answer: what the sender tries again
// is already there (1002). The first `calls` exchanges are spoiled, later ones are not.
import type { ProvinceBehaviour } from './behaviour.ts';

export function silentAcceptance({ calls }: { calls: number }): ProvinceBehaviour {
  let left = calls;
  return {
    name: 'silent-acceptance',
    reply: (_, next) => {
      const reply = next();
      if (left <= 0) return reply;
      left -= 1;
      return { do: 'break' };
    },
  };
}
