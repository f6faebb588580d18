// A share of the answers breaks off in the middle, after the province has recorded.
import type { ProvinceBehaviour, Share } from './behaviour.ts';

export function halfAnswer({ share, random }: Share): ProvinceBehaviour {
  return {
    name: 'half-answer',
    reply: (_, next) => {
      const reply = next();
      if (random() >= share || reply.do !== 'answer') return reply;
      return { ...reply, cutAfterBytes: Math.floor(random() * Buffer.byteLength(reply.body)) };
    },
  };
}
