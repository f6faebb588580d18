import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';

const REQUESTS = Number(process.env.PROOF_API_REQUESTS ?? 300);

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
  maxItems?: number;
  pattern?: string;
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const KNOWN = [
  'P-1',
  'a01',
  '1',
  'A1023',
  '2026-02-13T09:30:00+08:00',
  '00'.repeat(8),
  '评价 䶮',
  '%00',
  '..',
  '',
];
const word = fc.oneof(
  fc.constantFrom(...KNOWN),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** Values that fit a schema, or nearly. */
function fitting(schema: Schema): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(([name, child]) => [name, fitting(child)]);
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] } as never);
    }
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: Math.min(4, schema.maxItems ?? 4) });
    case 'integer':
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 99, 9999) }),
        fc.integer(),
      );
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return schema.pattern ? fc.oneof(fc.stringMatching(new RegExp(schema.pattern, 'u')), word) : word;
  }
}

let hall: TestHall;
let operations: { method: string; path: string; operation: Operation }[];
beforeAll(async () => {
  hall = await startTestHall({ http: { requestsPerSecond: 100_000 } });
  await hall.register('a01', 'a01');
  await putCase(hall, 'P-1', 2);
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
    ...parameters.map(({ schema }) => fc.oneof({ weight: 4, arbitrary: fitting(schema) }, word)),
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
    return { method, url: text, body: method === 'GET' ? undefined : made.body, once: made.once };
  });
}

describe('a request of any shape', () => {
  it('is answered or refused with a stable code, and never makes the gateway fail', {
    timeout: 900_000,
  }, async () => {
    const answered = new Map<number, number>();
    const call = fc.nat({ max: 1000 }).chain((index) => callOf(operations[index % operations.length]!));
    await fc.assert(
      fc.asyncProperty(call, async ({ method, url, body, once }) => {
        const headers = once === '键' ? { 'idempotency-key': 'x'.repeat(101) } : {};
        const options = {
          headers,
          ...(body !== undefined && { body }),
          ...(once && once !== '键' && { idempotencyKey: once }),
        };
        if (url.startsWith('/v1/events')) {
          expect(await statusOfStream(url)).toBeLessThan(500);
          return;
        }
        const answer = await hall.call(method, url, options);
        answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
        expect(answer.status, `${method} ${url} ${body} ${JSON.stringify(answer.body)}`).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.body.code).toMatch(/^[a-z]+\.[a-z-]+$/);
      }),
      { numRuns: REQUESTS },
    );
    expect(answered.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50);
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
