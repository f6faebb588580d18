// GET of a case: completion, withdrawal, end of the term, what counts for each service, and the applicant, masked.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { SealedPersons } from '../../persons/applicant.ts';
import { maskApplicant } from '../../persons/masking.ts';
import type { ServiceStanding } from '../../store/questions/case-state.ts';
import { CaseStateAnswer, type ShownApplicant } from '../case-state-schema.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { CaseParams } from '../schemas.ts';
import { isoTime } from '../times.ts';

export function addCaseStateRoutes(app: FastifyInstance, { reader, clock, openApplicant }: RouteTools): void {
  const shown = async (sealed: SealedPersons | undefined): Promise<ShownApplicant | null> => {
    if (!sealed) return null;
    const { applicant, forgotten } = await openApplicant(sealed);
    return { forgotten, ...maskApplicant(applicant ?? {}) };
  };

  app.get<{ Params: Static<typeof CaseParams> }>(
    '/v1/cases/:projectNo',
    {
      config: { scope: 'results' },
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
      const stored = new Map(
        reader.personsOfCase(found.projectNo).map(({ assessNumber, persons }) => [assessNumber, persons]),
      );
      return {
        projectNo: found.projectNo,
        taskCode: found.taskCode,
        taskName: found.taskName,
        completedAt: timeOrNull(found.completedMs),
        withdrawnAt: timeOrNull(found.withdrawnMs),
        termEndsAt: timeOrNull(found.termEndsMs),
        applicant: await shown(stored.get(undefined)),
        services: await Promise.all(
          found.services.map(async (service) => ({
            ...standingOf(service, clock.nowMs()),
            applicant: await shown(stored.get(service.assessNumber)),
          })),
        ),
      };
    },
  );
}

type Standing = Omit<CaseStateAnswer['services'][number], 'applicant'>;

function standingOf(service: ServiceStanding, nowMs: number): Standing {
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
