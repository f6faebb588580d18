// A share of the calls gets 200 with the body of an error: a page of a proxy, or an object without a verdict.
import type { ProvinceBehaviour, Share } from './behaviour.ts';

const BODIES = ['<html><body>登录超时</body></html>', '{"error":"系统繁忙,请稍后再试"}', '[]', ''];

export function errorBody({ share, random }: Share): ProvinceBehaviour {
  return {
    name: 'error-body',
    reply: (_, next) => {
      if (random() >= share) return next();
      if (random() < 0.5) next();
      const body = BODIES[Math.floor(random() * BODIES.length)]!;
      return { do: 'answer', status: 200, description: undefined, contentType: 'text/html', body };
    },
  };
}
