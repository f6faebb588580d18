// /v1/devices: what hall IT does with evaluators. Only for callers that may look after them; `pingjia device` is one.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Answer, EVENTS_ANSWER_LIMIT, type FleetAdmin } from '../../fleet/admin.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers } from '../route-tools.ts';

const id = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Id of the evaluator' });
const Params = Type.Object({ id }, { additionalProperties: false });
const Registration = Type.Object(
  { id, window: Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Id of its window' }) },
  { additionalProperties: false },
);
const Replacement = Type.Object(
  { id: Type.Optional(id), force: Type.Boolean() },
  { additionalProperties: false },
);
const Limit = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: EVENTS_ANSWER_LIMIT }) },
  { additionalProperties: false },
);

export function addDeviceRoutes(app: FastifyInstance, admin: FleetAdmin): void {
  const requireAdmin = async (request: FastifyRequest) => {
    if (!request.isAdmin) throw new ApiError('key.not-admin');
  };
  const given = <T extends object>(answer: Answer<T>): T => {
    if (answer.ok) return answer;
    throw new ApiError(answer.code);
  };
  const route = (summary: string) => ({
    onRequest: requireAdmin,
    // Not in the documents for window systems: no key of theirs may.
    schema: { hide: true, summary, response: errorAnswers },
  });
  const one = (summary: string) => {
    const { schema, ...rest } = route(summary);
    return { ...rest, schema: { ...schema, params: Params } };
  };
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;

  app.get('/v1/fleet', route('The gateway and its clock'), () => admin.now());
  app.get('/v1/devices', route('All evaluators'), async () => ({ devices: await admin.list() }));
  app.get('/v1/devices/:id', one('One evaluator'), async (request) => given(await admin.show(idOf(request))));
  const registering = route(
    'Registers an evaluator, or gives the identity of one that never connected again',
  );
  app.post(
    '/v1/devices',
    { ...registering, schema: { ...registering.schema, body: Registration } },
    async (request) => given(await admin.register(request.body as { id: string; window: string })),
  );
  const replacing = one('Another evaluator takes its window');
  app.post(
    '/v1/devices/:id/replacement',
    { ...replacing, schema: { ...replacing.schema, body: Replacement } },
    async (request) => {
      const { id: chosen, force } = request.body as { id?: string; force: boolean };
      return given(await admin.replace({ old: idOf(request), id: chosen, force }));
    },
  );
  app.post('/v1/devices/:id/rekey', one('A new key'), async (request) =>
    given(await admin.rekey(idOf(request))),
  );
  app.post('/v1/devices/:id/reboot', one('Restarts it'), async (request) =>
    given(await admin.reboot(idOf(request))),
  );
  const telling = one('What it told of itself');
  app.get(
    '/v1/devices/:id/events',
    { ...telling, schema: { ...telling.schema, querystring: Limit } },
    async (request) =>
      given(await admin.events(idOf(request), Number((request.query as { limit: number }).limit))),
  );
  app.delete('/v1/devices/:id', one('Revokes an evaluator'), async (request) =>
    given(await admin.revoke(idOf(request))),
  );
}
