// PUT of cases and their services. No field takes an applicant's personal data.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { CaseAnswer, CaseBody, CaseParams, ServiceAnswer, ServiceBody, ServiceParams } from '../schemas.ts';
import { parseInstant } from '../times.ts';

export function addCaseRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { writer, clock } = tools;

  app.put<{ Params: Static<typeof CaseParams>; Body: CaseBody }>(
    '/v1/cases/:projectNo',
    {
      schema: {
        tags: ['cases'],
        summary: 'Put a case',
        description: 'Creates it or replaces what was put before.',
        params: CaseParams,
        body: CaseBody,
        response: {
          201: { description: 'Created', ...CaseAnswer },
          200: { description: 'Updated or unchanged', ...CaseAnswer },
          ...errorAnswers,
        },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { projectNo } = request.params;
        const { taskCode, taskName, projectName, areaCode, deptCode, acceptedAt } = request.body;
        const acceptedAtMs =
          acceptedAt === undefined ? undefined : parseInstant(acceptedAt, 'body.acceptedAt');
        const body = { taskCode, taskName, projectName, areaCode, deptCode, acceptedAtMs };
        const { change } = await writer.submit('put-case', { projectNo, body, atMs: clock.nowMs() });
        return { status: change === 'created' ? 201 : 200, body: { projectNo, change } };
      }),
  );

  app.put<{ Params: Static<typeof ServiceParams>; Body: ServiceBody }>(
    '/v1/cases/:projectNo/services/:assessNumber',
    {
      schema: {
        tags: ['cases'],
        summary: 'Put a service of a case',
        description: 'A case may be served several times; each service is evaluated once.',
        params: ServiceParams,
        body: ServiceBody,
        response: {
          201: { description: 'Created', ...ServiceAnswer },
          200: { description: 'Updated or unchanged', ...ServiceAnswer },
          ...errorAnswers,
        },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { projectNo, assessNumber } = request.params;
        const { serviceName, servedAt, staff, window } = request.body;
        tools.requireWindow(window, 'body.window');
        const servedAtMs = parseInstant(servedAt, 'body.servedAt');
        const service = { projectNo, assessNumber, serviceName, servedAtMs, staff, window };
        const stored = await writer.submit('put-service', { ...service, atMs: clock.nowMs() });
        if (!stored.ok) throw new ApiError(stored.code, { field: serviceField[stored.code] });
        const { change } = stored;
        return { status: change === 'created' ? 201 : 200, body: { projectNo, assessNumber, change } };
      }),
  );
}

const serviceField = { 'case.unknown': 'path.projectNo', 'service.invited': 'path.assessNumber' } as const;
