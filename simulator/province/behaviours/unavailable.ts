// The province answers 503 to everything and decides nothing: a proxy whose backend is away.
import type { ProvinceBehaviour } from './behaviour.ts';

export function unavailable(): ProvinceBehaviour {
  return {
    name: 'unavailable',
    handle: ({ response }) => {
      response.writeHead(503, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<html><body>503 Service Temporarily Unavailable</body></html>');
    },
  };
}
