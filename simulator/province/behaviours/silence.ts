// A share of the calls is never answered; half of those were decided and recorded all the same.
import type { ProvinceBehaviour, Share } from './behaviour.ts';

export function silence({ share, random }: Share): ProvinceBehaviour {
  return {
    name: 'silence',
    reply: (_, next) => {
      if (random() >= share) return next();
      if (random() < 0.5) next();
      return { do: 'silence' };
    },
  };
}
