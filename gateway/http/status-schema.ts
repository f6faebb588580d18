// What GET /v1/status answers.
import { type TSchema, Type } from 'typebox';

const nullable = <Inner extends TSchema>(inner: Inner) => Type.Union([inner, Type.Null()]);
const count = (description: string) => Type.Integer({ minimum: 0, description });

/** The newest refusals in the status; all of them stay in the database. */
export const STATUS_REFUSALS_LIMIT = 20;

export const StatusAnswer = Type.Object({
  hall: Type.Object({ id: Type.String(), name: Type.String() }),
  version: Type.String(),
  devices: Type.Array(
    Type.Object({
      id: Type.String(),
      window: nullable(Type.String()),
      online: Type.Boolean(),
      unsentRecords: nullable(count('Records without acknowledgement, as the evaluator last said')),
      lastSeenAt: nullable(Type.String()),
      troubles: Type.Array(Type.String(), {
        description: 'What it tells of itself: fault, keys (stuck or bouncing), resets, clock',
      }),
    }),
  ),
  storage: Type.Object({
    takesCommits: Type.Boolean({
      description: 'false: nothing is acknowledged until the disk takes commits again',
    }),
    failedCommits: count('Commits that failed since the start'),
  }),
  evaluations: count('Evaluations stored'),
  backlog: Type.Object({
    records: count('Records waiting for upstream, at the connector that has most'),
    oldestAt: nullable(Type.String({ description: 'Since when the oldest waits' })),
  }),
  upstream: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      breaker: Type.Union([Type.Literal('closed'), Type.Literal('open')], {
        description: 'open: it counts as away and is tried now and then',
      }),
      records: count('Records waiting for it'),
      oldestAt: nullable(Type.String()),
      refused: count('Records it refused, each waiting for a person'),
      listed: count('Corrections that its profile leaves to a person'),
    }),
    { description: 'Every way upstream' },
  ),
  refusals: Type.Object({
    count: count('Refused records and listed corrections, each waiting for a person'),
    latest: Type.Array(
      Type.Object({
        outbox: Type.Integer({ description: 'Number for `pingjia upstream show|retry|skip`' }),
        connector: Type.String(),
        projectNo: Type.String(),
        assessNumber: Type.Integer(),
        kind: Type.String(),
        state: Type.String({ description: 'refused or listed' }),
        code: Type.String(),
        reason: Type.String(),
        since: Type.String(),
      }),
    ),
  }),
  rules: Type.Object({
    heldDefaults: count('Default evaluations that wait until no evaluator can hold a press made in time'),
    unmatched: count('Presses that belong to no service as far as is known; GET /v1/evaluations lists them'),
    clockHold: nullable(
      Type.Object({
        reason: Type.String({ description: 'jumped, before-newest-fact or long-after-newest-fact' }),
        since: Type.String(),
      }),
    ),
    unknownYears: Type.Array(Type.Integer(), {
      description: 'Years of running terms without an arrangement of working days',
    }),
  }),
  epoch: Type.Object(
    {
      number: Type.Integer({ description: 'Grows when the database was restored' }),
      begunAt: nullable(Type.String()),
      awaited: Type.Array(
        Type.Object({
          device: Type.String(),
          window: nullable(Type.String()),
          since: Type.String(),
          missing: nullable(count('Records it has to send again; null until it says hello')),
        }),
        { description: 'Evaluators that a restored database waits for' },
      ),
    },
    { description: 'Which copy of the database this is' },
  ),
  alarms: Type.Array(Type.Object({ code: Type.String(), meaning: Type.String(), remedy: Type.String() }), {
    description: 'What a person has to know of',
  }),
  wireErrors: Type.Record(Type.String(), Type.Integer(), {
    description: 'What was refused on the wire since the start, by code of the protocol',
  }),
});
