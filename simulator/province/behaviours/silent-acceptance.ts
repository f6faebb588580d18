// The province decides and records, then the connection breaks before the answer: what the sender tries again
// is already there (1002). The first `calls` exchanges are spoiled, later ones are not.
import type { ProvinceBehaviour } from './behaviour.ts';

export function silentAcceptance({ calls }: { calls: number }): ProvinceBehaviour {
  let left = calls;
  return {
    name: 'silent-acceptance',
    handle: ({ request, response, answer }, next) => {
      if (left <= 0) return next();
      left -= 1;
      const socket = request.socket;
      response.end = (() => {
        socket.destroy();
        return response;
      }) as typeof response.end;
      answer();
    },
  };
}
