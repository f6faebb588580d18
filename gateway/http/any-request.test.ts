// Requests made from the OpenAPI document and bent in every way, several at once: none may make the gateway fail.
// PROOF_API_REQUESTS sets how many.
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';
import { handleFor } from './idempotency.ts';

const REQUESTS = Number(process.env.PROOF_API_REQUESTS ?? 300);
/** On their way together: as many windows ask at once. */
const AT_ONCE = 20;
/** So many are enough for every operation to have been used as it is meant. */
const ENOUGH_FOR_ALL = 20_000;

interface Schema {
  type?: string;
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** Half of them are there before. */
const CASES = 20;
const AT = '2026-02-13T09:30:00+08:00';
const KNOWN = ['P-1', 'a01', '1', 'A1023', AT, '00'.repeat(8), '评价 䶮', '%00', '..', ''];
const word = fc.oneof(
  fc.constantFrom(...KNOWN),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** What the hall knows, by the name of the field: without it nearly every request would be refused at the door. */
const KNOWN_OF: Record<string, readonly (string | number)[]> = {
  window: ['a01', 'a02'],
  projectNo: Array.from({ length: CASES }, (_, index) => `P-${index + 1}`),
  assessNumber: [1, 1, 1, 2],
  badgeId: ['A1023'],
  invitation: ['a01', 'a02'].map((key) => handleFor({ client: 'test', key })),
  completedAt: [AT],
  servedAt: [AT],
  acceptedAt: [AT],
};

function fittingField(name: string, schema: Schema): Arbitrary<unknown> {
  const known = KNOWN_OF[name];
  if (!known) return fitting(schema);
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fitting(schema));
}

/** Values that fit a schema, or nearly. */
function fitting(schema: Schema): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(([name, child]) => [
        name,
        fittingField(name, child),
      ]);
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] } as never);
    }
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(4, schema.maxItems ?? 4),
      });
    case 'integer': {
      const meant = fc.integer({
        min: schema.minimum ?? -5,
        max: Math.min(schema.maximum ?? 99, 9999),
      });
      return fc.oneof({ weight: 8, arbitrary: meant }, fc.integer());
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return schema.pattern
        ? fc.oneof({ weight: 8, arbitrary: fc.stringMatching(new RegExp(schema.pattern, 'u')) }, word)
        : word;
  }
}

let hall: TestHall;
let operations: { method: string; path: string; operation: Operation }[];
beforeAll(async () => {
  hall = await startTestHall({ http: { requestsPerSecond: 100_000 } });
  for (let number = 1; number <= CASES / 2; number += 1) await putCase(hall, `P-${number}`);
  for (const [index, window] of ['a01', 'a02'].entries()) {
    await hall.register(window, window);
    const services = [{ projectNo: `P-${index + 1}`, assessNumber: 1 }];
    await hall.call('POST', '/v1/invitations', { body: { window, services }, idempotencyKey: window });
  }
  const { body } = await hall.call('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>);
  operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
});
afterAll(() => hall.end());

/** A call of one operation: parameters and body that fit, or not at all. */
function callOf({ method, path, operation }: (typeof operations)[number]) {
  const parameters = operation.parameters ?? [];
  const values = fc.tuple(
    ...parameters.map(({ name, schema }) =>
      fc.oneof({ weight: 4, arbitrary: fittingField(name, schema) }, word),
    ),
  );
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const body = schema
    ? fc.oneof(
        { weight: 6, arbitrary: fitting(schema).map((value) => JSON.stringify(value)) },
        { weight: 2, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
        fc.string({ maxLength: 60 }),
      )
    : fc.option(fc.constant('{}'), { nil: undefined });
  return fc.record({ values, body, once: fc.option(fc.constantFrom('k1', 'k2', '键')) }).map((made) => {
    let url = path;
    const query = new URLSearchParams();
    parameters.forEach(({ name, in: place }, index) => {
      const value = String(made.values[index]);
      if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(wellFormed(value)));
      else if (place === 'query') query.set(name, value);
    });
    const text = query.size > 0 ? `${url}?${query}` : url;
    return {
      operation: `${method} ${path}`,
      method,
      url: text,
      body: method === 'GET' ? undefined : made.body,
      once: made.once,
    };
  });
}

type Call = ReturnType<typeof callOf> extends Arbitrary<infer T> ? T : never;

describe('a request of any shape', () => {
  it('is answered or refused with a stable code, and never makes the gateway fail', {
    timeout: 600_000,
  }, async () => {
    let succeeded = 0;
    const never = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    const send = async ({ operation, method, url, body, once }: Call) => {
      const headers = {
        ...(operation.endsWith('/look-up') && { authorization: `Bearer ${hall.readingKey}` }),
        ...(once === '键' && { 'idempotency-key': 'x'.repeat(101) }),
      };
      const options = {
        headers,
        ...(body !== undefined && { body }),
        ...(once && once !== '键' && { idempotencyKey: once }),
      };
      const answer = url.startsWith('/v1/events')
        ? { status: await statusOfStream(url), body: undefined }
        : await hall.call(method, url, options);
      expect(answer.status, `${method} ${url} ${body} ${JSON.stringify(answer.body)}`).toBeLessThan(500);
      if (answer.status >= 400 && answer.body) expect(answer.body.code).toMatch(/^[a-z]+\.[a-z-]+$/);
      if (answer.status >= 400) return;
      succeeded += 1;
      never.delete(operation);
    };
    // Made once: to make them anew for each request took most of the time of all requests.
    const calls = fc.array(fc.oneof(...operations.map(callOf)), { minLength: AT_ONCE, maxLength: AT_ONCE });
    await fc.assert(
      fc.asyncProperty(calls, async (together) => void (await Promise.all(together.map(send)))),
      { numRuns: Math.ceil(REQUESTS / AT_ONCE), endOnFailure: true },
    );
    expect(succeeded).toBeGreaterThan(REQUESTS / 20);
    // A picture is no JSON; its own tests are in staff-photos.
    const ofPictures = ['PUT', 'GET'].map((method) => `${method} /v1/staff/{badgeId}/photo`);
    if (REQUESTS >= ENOUGH_FOR_ALL) expect([...never].sort()).toEqual(ofPictures.sort());
    expect((await hall.call('GET', '/readyz')).status).toBe(200);
  });
});

/** Half of a pair of surrogates cannot stand in an address. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

async function statusOfStream(url: string): Promise<number> {
  const abort = new AbortController();
  const response = await fetch(new URL(url, hall.gateway.addresses.http.url), {
    headers: { authorization: `Bearer ${hall.key}` },
    signal: abort.signal,
  });
  abort.abort();
  return response.status;
}
