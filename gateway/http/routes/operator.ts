// /v1/operator: what an operator decides about the whole hall. Only for callers that may look after evaluators; the
// commands of `pingjia` reach it through the socket in the data folder.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DECISION_LIMIT_RECORDS, type DeliveryDecision, type Operator } from '../../operator/operator.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers } from '../route-tools.ts';
import { closed, text } from '../schemas.ts';

const id = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Id of the evaluator' });
const devices = Type.Array(id, { minItems: 1, maxItems: 10_000 });
const who = { by: text('Who decides', 100), reason: text('Why', 500) };
const Abandonment = Type.Object({ id, ...who }, closed);
const Decision = Type.Object(
  {
    decision: Type.Union([Type.Literal('retried'), Type.Literal('skipped')]),
    outbox: Type.Union([
      Type.Literal('all'),
      Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: DECISION_LIMIT_RECORDS }),
    ]),
    connector: Type.Optional(text('At this connector only', 64)),
    ...who,
  },
  closed,
);
const Updates = Type.Object(
  { devices, version: text('Version of the release', 64), forced: Type.Boolean() },
  closed,
);
const Stop = Type.Object({ devices }, closed);

export function addOperatorRoutes(app: FastifyInstance, operator: Operator): void {
  const requireAdmin = async (request: FastifyRequest) => {
    if (!request.isAdmin) throw new ApiError('key.not-admin');
  };
  const route = (summary: string, body?: object) => ({
    onRequest: requireAdmin,
    // Not in the documents for window systems: no key of theirs may.
    schema: { hide: true, summary, response: errorAnswers, ...(body && { body }) },
  });
  const given = <T extends { ok: boolean }>(answer: T): T => {
    if (!answer.ok) throw new ApiError((answer as T & { code: 'device.unknown' }).code);
    return answer;
  };

  app.post('/v1/operator/clock', route('Confirms the clock'), () => operator.confirmClock());
  app.post(
    '/v1/operator/abandonment',
    route('Waits no longer for an evaluator', Abandonment),
    async (request) =>
      given(await operator.abandonDevice(request.body as { id: string; by: string; reason: string })),
  );
  app.post(
    '/v1/operator/deliveries',
    route('Decides about what upstream did not take', Decision),
    (request) => operator.decideDeliveries(request.body as DeliveryDecision),
  );
  app.post('/v1/operator/updates', route('Orders firmware', Updates), async (request) =>
    given(
      await operator.orderUpdates(request.body as { devices: string[]; version: string; forced: boolean }),
    ),
  );
  app.post('/v1/operator/updates/stop', route('Withdraws firmware', Stop), (request) =>
    operator.stopUpdates((request.body as { devices: string[] }).devices),
  );
}
