// A share of the calls gets 500; half of those were decided and recorded before something broke.
import type { ProvinceBehaviour, Share } from './behaviour.ts';

export function serverError({ share, random }: Share): ProvinceBehaviour {
  return {
    name: 'server-error',
    reply: (_, next) => {
      if (random() >= share) return next();
      if (random() < 0.5) next();
      return {
        do: 'answer',
        status: 500,
        description: undefined,
        contentType: 'application/json',
        body: '{"error":"Internal Server Error"}',
      };
    },
  };
}
