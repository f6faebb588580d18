// The province answers 503 to everything and decides nothing: a proxy whose backend is away.
import type { ProvinceBehaviour } from './behaviour.ts';

export function unavailable(): ProvinceBehaviour {
  return {
    name: 'unavailable',
    reply: () => ({
      do: 'answer',
      status: 503,
      description: undefined,
      contentType: 'text/html; charset=utf-8',
      body: '<html><body>503 Service Temporarily Unavailable</body></html>',
    }),
  };
}
