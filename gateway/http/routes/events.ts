// GET /v1/events: results as they happen, as server-sent events.
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors.ts';
import type { EventStreams } from '../event-streams.ts';
import { errorAnswers } from '../route-tools.ts';
import { EventsQuery } from '../schemas.ts';

export function addEventRoutes(app: FastifyInstance, streams: EventStreams): void {
  app.get<{ Querystring: EventsQuery }>(
    '/v1/events',
    {
      config: { scope: 'results' },
      schema: {
        tags: ['evaluations'],
        summary: 'Follow results as server-sent events',
        description:
          'Every change of what counts for a service: `evaluation`, `default` or `withdrawal`, once, in the order of its commit. A reader that comes back sends `Last-Event-ID`, as browsers do by themselves, or `after`.',
        querystring: EventsQuery,
        response: { 200: { description: 'text/event-stream', type: 'string' }, ...errorAnswers },
      },
    },
    (request, reply) => {
      streams.open(reply.raw, {
        system: request.system,
        after: lastSeen(request.headers['last-event-id'], request.query.after),
      });
      reply.hijack();
    },
  );
}

function lastSeen(header: string | string[] | undefined, after: number | undefined): number | undefined {
  if (header === undefined) return after;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  const field = 'headers.last-event-id';
  throw new ApiError('request.field', { field, message: `${field} must be the id of an event.` });
}
