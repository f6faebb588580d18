// What GET /v1/cases/:projectNo answers.
import { type Static, type TSchema, Type } from 'typebox';
import { Applicant, Instant } from './schemas.ts';

const nullable = <Inner extends TSchema>(inner: Inner) => Type.Union([inner, Type.Null()]);
const closed = { additionalProperties: false } as const;

const Effective = Type.Object(
  {
    origin: Type.Union([Type.Literal('press'), Type.Literal('default')], {
      description: 'press: a key of an evaluator; default: nobody evaluated in time',
    }),
    id: Type.Integer({ description: 'Id of the evaluation; of the fact for a default' }),
    level: Type.Integer({ minimum: 1, maximum: 5, description: '5 非常满意 … 1 非常不满意' }),
    at: Instant('Time of the last key, or end of the term'),
  },
  closed,
);

export const ShownApplicant = Type.Object(
  {
    forgotten: Type.Boolean({
      description: 'The key of a person was destroyed: nobody can read them any more',
    }),
    ...Applicant.properties,
  },
  { ...closed, description: 'The applicant, masked: 张*, 2301**********1234' },
);
export type ShownApplicant = Static<typeof ShownApplicant>;

export const CaseStateAnswer = Type.Object(
  {
    projectNo: Type.String(),
    taskCode: Type.String(),
    taskName: Type.String(),
    completedAt: nullable(Instant('When the case was completed')),
    withdrawnAt: nullable(Instant('When the case was withdrawn')),
    termEndsAt: nullable(Instant('Evaluations made before it are valid')),
    applicant: nullable(ShownApplicant),
    services: Type.Array(
      Type.Object(
        {
          assessNumber: Type.Integer(),
          serviceName: Type.String(),
          completing: Type.Boolean({ description: 'This service completed the case' }),
          termEndsAt: nullable(Instant('End of the term of its batch: that of the last completed case')),
          state: Type.Union(
            [
              Type.Literal('open'),
              Type.Literal('evaluated'),
              Type.Literal('defaulted'),
              Type.Literal('ended'),
            ],
            { description: 'open, evaluated by a press, defaulted, or ended without an evaluation' },
          ),
          effective: nullable(Effective),
          applicant: nullable(ShownApplicant),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type CaseStateAnswer = Static<typeof CaseStateAnswer>;
