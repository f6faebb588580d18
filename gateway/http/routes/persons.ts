// POST of a look-up: the applicants of a case in clear, for a key that may read persons, with who asks and why on
// record before anything is opened.
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { type FoundApplicant, lookUpCase } from '../../persons/look-up.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { Applicant, CaseParams, closed, text } from '../schemas.ts';

const LookUpBody = Type.Object(
  {
    by: text('Who asks: name or badge ID of a person; recorded', 64),
    reason: text('Why; recorded', 200),
  },
  closed,
);
const LookUpAnswer = Type.Object(
  {
    projectNo: Type.String(),
    applicants: Type.Array(
      Type.Object(
        {
          assessNumber: Type.Union([Type.Integer(), Type.Null()], {
            description: 'Number of the service, null for the case itself',
          }),
          forgotten: Type.Boolean({ description: 'The key of a person was destroyed' }),
          applicant: Type.Union([Applicant, Type.Null()]),
        },
        closed,
      ),
    ),
  },
  closed,
);

export function addPersonRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { writer, reader, clock, openApplicant } = tools;
  app.post<{ Params: Static<typeof CaseParams>; Body: Static<typeof LookUpBody> }>(
    '/v1/cases/:projectNo/look-up',
    {
      schema: {
        tags: ['persons'],
        summary: 'Read the applicants of a case in clear',
        description:
          'Needs a key with the scope person:read. Who asked, why and when is recorded before the answer, in the chain that `pingjia verify` checks. Masked and without a record: GET /v1/cases/{projectNo}.',
        params: CaseParams,
        body: LookUpBody,
        response: { 200: { description: 'Recorded and opened', ...LookUpAnswer }, ...errorAnswers },
      },
      // Before the body is even looked at.
      config: { scope: 'person:read' },
    },
    async (request): Promise<Static<typeof LookUpAnswer>> => {
      const { projectNo } = request.params;
      const { by, reason } = request.body;
      if (!reader.caseStanding(projectNo)) throw new ApiError('case.unknown', { field: 'path.projectNo' });
      const found = await lookUpCase(
        { writer, reader, clock, open: openApplicant },
        { projectNo, by, reason, via: request.system },
      );
      return { projectNo, applicants: found.map(answerOf) };
    },
  );
}

function answerOf({ assessNumber, forgotten, applicant }: FoundApplicant) {
  return { assessNumber: assessNumber ?? null, forgotten, applicant: applicant ?? null };
}
