// GET of a case: completion, withdrawal, end of the term, and what counts for each service.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { ServiceStanding } from '../../store/questions/case-state.ts';
import { CaseStateAnswer } from '../case-state-schema.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { CaseParams } from '../schemas.ts';
import { isoTime } from '../times.ts';

export function addCaseStateRoutes(app: FastifyInstance, { reader, clock }: RouteTools): void {
  app.get<{ Params: Static<typeof CaseParams> }>(
    '/v1/cases/:projectNo',
    {
      schema: {
        tags: ['cases'],
        summary: 'Follow a case',
        description: 'A press made in time replaces a default, also when it is delivered later.',
        params: CaseParams,
        response: { 200: { description: 'Where it stands', ...CaseStateAnswer }, ...errorAnswers },
      },
    },
    async (request): Promise<CaseStateAnswer> => {
      const found = reader.caseStanding(request.params.projectNo);
      if (!found) throw new ApiError('case.unknown', { field: 'path.projectNo' });
      return {
        projectNo: found.projectNo,
        taskCode: found.taskCode,
        taskName: found.taskName,
        completedAt: timeOrNull(found.completedMs),
        withdrawnAt: timeOrNull(found.withdrawnMs),
        termEndsAt: timeOrNull(found.termEndsMs),
        services: found.services.map((service) => answerOf(service, clock.nowMs())),
      };
    },
  );
}

function answerOf(service: ServiceStanding, nowMs: number): CaseStateAnswer['services'][number] {
  const { assessNumber, serviceName, completing, termEndsMs, effective } = service;
  const termEndsAt = timeOrNull(termEndsMs);
  if (effective) {
    const { atMs, ...rest } = effective;
    const state = effective.origin === 'press' ? 'evaluated' : 'defaulted';
    return {
      assessNumber,
      serviceName,
      completing,
      termEndsAt,
      state,
      effective: { ...rest, at: isoTime(atMs) },
    };
  }
  const state = termEndsMs !== undefined && termEndsMs <= nowMs ? 'ended' : 'open';
  return { assessNumber, serviceName, completing, termEndsAt, state, effective: null };
}

const timeOrNull = (timeMs: number | undefined) => (timeMs === undefined ? null : isoTime(timeMs));
