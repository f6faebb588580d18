// GET /v1/evaluations: every press that was stored, oldest first, page by page.
import type { FastifyInstance } from 'fastify';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { EvaluationsAnswer, EvaluationsQuery } from '../schemas.ts';
import { isoTime } from '../times.ts';

export function addEvaluationRoutes(app: FastifyInstance, { reader }: RouteTools): void {
  app.get<{ Querystring: EvaluationsQuery }>(
    '/v1/evaluations',
    {
      config: { scope: 'results' },
      schema: {
        tags: ['evaluations'],
        summary: 'List evaluations',
        description:
          'Ask again with `after` set to the last id you have. Ids grow, and nothing is inserted between.',
        querystring: EvaluationsQuery,
        response: { 200: { description: 'Oldest first', ...EvaluationsAnswer }, ...errorAnswers },
      },
    },
    async (request): Promise<EvaluationsAnswer> => ({
      evaluations: reader
        .evaluationsAfter(request.query)
        .map(({ pressedMs, untilMs, receivedMs, services, ...rest }) => ({
          id: rest.id,
          level: rest.level,
          pressedAt: isoTime(pressedMs),
          device: rest.device,
          seq: rest.seq,
          pressedUntil: untilMs === null ? null : isoTime(untilMs),
          timeDoubt: rest.doubt,
          receivedAt: isoTime(receivedMs),
          badgeId: rest.badgeId,
          reasons: rest.reasons,
          state: rest.state,
          services,
        })),
    }),
  );
}
