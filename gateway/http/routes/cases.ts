// PUT of cases and their services. The applicant is sealed before anything else is done with the request.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { SealedPersons } from '../../persons/applicant.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { CaseAnswer, CaseBody, CaseParams, ServiceAnswer, ServiceBody, ServiceParams } from '../schemas.ts';
import { parseInstant } from '../times.ts';

export function addCaseRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { writer, clock } = tools;

  app.put<{ Params: Static<typeof CaseParams>; Body: CaseBody }>(
    '/v1/cases/:projectNo',
    {
      config: { scope: 'cases' },
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
    async (request, reply) => {
      const { projectNo } = request.params;
      const { applicant, ...rest } = request.body;
      const persons = await tools.sealApplicant(projectNo, applicant);
      const put = async () => {
        const { taskCode, taskName, projectName, areaCode, deptCode, details, acceptedAt } = rest;
        const acceptedAtMs =
          acceptedAt === undefined ? undefined : parseInstant(acceptedAt, 'body.acceptedAt');
        const body = { taskCode, taskName, projectName, areaCode, deptCode, acceptedAtMs, details };
        const atMs = clock.nowMs();
        const { change } = await writer.submit('put-case', { projectNo, body, persons, atMs });
        return { status: change === 'created' ? 201 : 200, body: { projectNo, change } };
      };
      return tools.once(request, reply, put, { ...rest, ...marksOf(persons) });
    },
  );

  app.put<{ Params: Static<typeof ServiceParams>; Body: ServiceBody }>(
    '/v1/cases/:projectNo/services/:assessNumber',
    {
      config: { scope: 'cases' },
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
    async (request, reply) => {
      const { projectNo, assessNumber } = request.params;
      const { applicant, ...rest } = request.body;
      const persons = await tools.sealApplicant(projectNo, applicant);
      const put = async () => {
        const { serviceName, servedAt, staff, window } = rest;
        tools.requireWindow(window, 'body.window');
        const servedAtMs = parseInstant(servedAt, 'body.servedAt');
        const service = { projectNo, assessNumber, serviceName, servedAtMs, staff, window, persons };
        const stored = await writer.submit('put-service', { ...service, atMs: clock.nowMs() });
        if (!stored.ok) throw new ApiError(stored.code, { field: serviceField[stored.code] });
        const { change } = stored;
        return { status: change === 'created' ? 201 : 200, body: { projectNo, assessNumber, change } };
      };
      return tools.once(request, reply, put, { ...rest, ...marksOf(persons) });
    },
  );
}

/** What the same applicant has in common from one request to the next: keyed, so that nothing can be guessed from it. */
function marksOf(persons: SealedPersons): object {
  return Object.fromEntries(Object.entries(persons).map(([role, { person, mark }]) => [role, person + mark]));
}

const serviceField = { 'case.unknown': 'path.projectNo', 'service.invited': 'path.assessNumber' } as const;
