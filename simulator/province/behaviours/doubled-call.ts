// A share of the calls arrives twice, as a proxy in between repeats them; the caller gets the first answer.
import type { ProvinceBehaviour, Share } from './behaviour.ts';

export function doubledCall({ share, random }: Share): ProvinceBehaviour {
  return {
    name: 'doubled-call',
    reply: (_, next) => {
      const reply = next();
      if (random() < share) next();
      return reply;
    },
  };
}
