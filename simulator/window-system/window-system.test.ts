import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../people/random.ts';
import type { WorldClock } from '../ports.ts';
import { runClerk } from './clerk.ts';
import { createGatewayApi } from './gateway-api.ts';
import { MATTERS } from './matters.ts';
import { hallWindows } from './roster.ts';
import { visitPlanner } from './visits.ts';

const clock: WorldClock = {
  wallMs: () => Date.UTC(2026, 1, 13, 1, 30, 0),
  monotonicMs: () => performance.now(),
  after: (_delayMs, run) => {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

interface Seen {
  method: string;
  path: string;
  key: string | undefined;
  body: unknown;
}

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function fakeGateway(answer: (seen: Seen) => { status: number; body: object }) {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const entry = {
        method: request.method!,
        path: request.url!,
        key: request.headers['idempotency-key'] as string | undefined,
        body: text === '' ? undefined : JSON.parse(text),
      };
      seen.push(entry);
      const { status, body } = answer(entry);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { seen, url: `http://127.0.0.1:${port}` };
}

describe('the matters and people of the simulated hall', () => {
  it('have codes of the national lengths and names of which one has 60 characters', () => {
    expect(MATTERS.length).toBeGreaterThanOrEqual(24);
    expect(new Set(MATTERS.map((matter) => matter.taskCode)).size).toBe(MATTERS.length);
    for (const matter of MATTERS) {
      expect(matter.taskCode).toMatch(/^\d{31}$/);
      expect(matter.deptCode).toMatch(/^\d{18}$/);
    }
    expect(MATTERS.map((matter) => [...matter.taskName].length)).toContain(60);
  });

  it('try the screens with rare characters', () => {
    const texts = JSON.stringify([MATTERS, hallWindows(8)]);
    for (const rare of ['䶮', '𬭎', '㛃']) expect(texts).toContain(rare);
    for (const window of hallWindows(8)) expect(window.id + window.device).toMatch(/^[a-z0-9-]{1,32}$/);
  });

  it('come about once in four with a batch of two to four cases, the same for the same seed', () => {
    const plan = () => {
      const next = visitPlanner({ random: seededRandom(1, 'a01'), numberPrefix: '9' });
      return Array.from({ length: 40 }, next);
    };
    const visits = plan();
    expect(visits).toEqual(plan());
    const batches = visits.filter((visit) => visit.cases.length > 1);
    expect(batches).toHaveLength(10);
    for (const { cases } of batches) expect(cases.length).toBeLessThanOrEqual(4);
    const numbers = visits.flatMap((visit) => visit.cases.map((planned) => planned.projectNo));
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('the window system', () => {
  it('signs in, opens, serves, completes and invites, and tries again with the same key when the gateway fails', async () => {
    let failures = 2;
    const gateway = await fakeGateway(({ path }) => {
      if (path === '/v1/invitations' && failures > 0) {
        failures -= 1;
        return { status: 503, body: {} };
      }
      return { status: 200, body: { invitation: '00000000000000aa' } };
    });
    const closing = new AbortController();
    const window = hallWindows(1)[0]!;
    await runClerk({
      window,
      clock,
      closing: closing.signal,
      api: createGatewayApi({ url: gateway.url, key: 'k', clock, signal: new AbortController().signal }),
      nextVisit: visitPlanner({ random: seededRandom(1, 'a01'), numberPrefix: '9' }),
      applicantDone: async ({ invitation }) => {
        expect(invitation).toBe('00000000000000aa');
        closing.abort();
        return true;
      },
    });
    const steps = gateway.seen.map(({ method, path }) => `${method} ${path.replace(/\/\d+/g, '/N')}`);
    expect(steps[0]).toBe('PUT /v1/windows/a01/desk');
    expect(steps).toContain('PUT /v1/cases/N');
    expect(steps).toContain('PUT /v1/cases/N/services/N');
    expect(steps).toContain('POST /v1/cases/N/completion');
    expect(steps.slice(-3)).toEqual(Array(3).fill('POST /v1/invitations'));
    expect(new Set(gateway.seen.slice(-3).map(({ key }) => key)).size).toBe(1);
  });

  it('takes a refusal as final and returns its code and field', async () => {
    const gateway = await fakeGateway(() => ({
      status: 422,
      body: { code: 'case.unknown', message: '没有这个办件', field: 'projectNo' },
    }));
    const api = createGatewayApi({ url: gateway.url, key: 'k', clock, signal: new AbortController().signal });
    const result = await api.call({ method: 'POST', path: '/v1/cases/1/completion', body: {} });
    expect(result).toEqual({ ok: false, code: 'case.unknown', message: '没有这个办件', field: 'projectNo' });
    expect(gateway.seen).toHaveLength(1);
  });

  it('gives up on a gateway that stays away after a bounded number of tries', async () => {
    const gateway = await fakeGateway(() => ({ status: 500, body: {} }));
    const api = createGatewayApi({ url: gateway.url, key: 'k', clock, signal: new AbortController().signal });
    expect((await api.call({ method: 'GET', path: '/v1/status' })).ok).toBe(false);
    expect(gateway.seen).toHaveLength(60);
  });
});
