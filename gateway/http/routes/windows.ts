// PUT /v1/windows/:window/desk: who sits at a window and whether service is paused. The evaluator follows.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { DeskAnswer, DeskBody, WindowParams } from '../schemas.ts';

export function addWindowRoutes(app: FastifyInstance, tools: RouteTools): void {
  app.put<{ Params: Static<typeof WindowParams>; Body: DeskBody }>(
    '/v1/windows/:window/desk',
    {
      schema: {
        tags: ['windows'],
        summary: 'Say who sits at a window, and whether service is paused',
        description: 'The evaluator shows it at once, or when it is back online.',
        params: WindowParams,
        body: DeskBody,
        response: { 200: { description: 'Stored', ...DeskAnswer }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { window } = request.params;
        tools.requireWindow(window, 'path.window');
        const { staff, paused } = request.body;
        await tools.writer.submit('put-desk', { window, staff, paused, atMs: tools.clock.nowMs() });
        return { status: 200, body: { window, staff, paused } };
      }),
  );
}
