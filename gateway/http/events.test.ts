import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DeviceClient } from '../testing/device-client.ts';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';
import { signatureOf } from '../upstream/webhook.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const SECRET = 'a secret of two systems';

interface Event {
  id: number;
  kind: string;
  data: Record<string, unknown>;
}

let hall: TestHall;
let device: DeviceClient;
let receiver: Server;
let posts: { headers: IncomingMessage['headers']; body: string }[];
/** What the receiver answers next; 204 when empty. */
let answers: number[];
let seq = 0;

beforeAll(async () => {
  posts = [];
  answers = [];
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const status = answers.shift() ?? 204;
      posts.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const webhook = {
    id: 'queue',
    kind: 'webhook',
    receiverUrl: `http://127.0.0.1:${port}/pingjia`,
    secret: SECRET,
    retryBaseMs: 1,
    retryLimitMs: 5,
  };
  hall = await startTestHall({ upstream: [webhook] });
  device = await hall.connect(await hall.register('a01', 'a01'));
  await device.sayHello();
});
afterAll(async () => {
  await hall.end();
  await new Promise((resolve) => receiver.close(resolve));
});

async function press(projectNo: string, level: number): Promise<void> {
  await putCase(hall, projectNo);
  const services = [{ projectNo, assessNumber: 1 }];
  const { body } = await hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
  seq += 1;
  await device.sendRecord(device.sign({ seq, level, invitation: body.invitation as string }));
}

/** Collects events until `end` is called. */
async function follow(query: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const response = await fetch(new URL(`/v1/events${query}`, hall.gateway.addresses.http.url), {
    headers: { authorization: `Bearer ${hall.key}`, ...headers },
    signal: abort.signal,
  });
  const events: Event[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body!) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = parts.pop()!;
      for (const part of parts) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
        if (field('id') !== undefined)
          events.push({ id: Number(field('id')), kind: field('event')!, data: JSON.parse(field('data')!) });
      }
    }
  })();
  reading.catch(() => undefined);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    events,
    end: () => abort.abort(),
  };
}

describe('a window system that follows results', () => {
  it('gets each result once as it is stored, and after a break what it missed', async () => {
    const first = await follow('');
    expect([first.status, first.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await press('S-1', 4);
    await press('S-2', 1);
    await vi.waitFor(() => expect(first.events).toHaveLength(2), WAIT);
    expect(first.events.map(({ kind, data }) => [kind, data.projectNo, data.level])).toEqual([
      ['evaluation', 'S-1', 4],
      ['evaluation', 'S-2', 1],
    ]);
    first.end();
    await press('S-3', 5);
    const again = await follow('', { 'last-event-id': String(first.events[0]!.id) });
    await vi.waitFor(() => expect(again.events).toHaveLength(2), WAIT);
    expect(again.events.map(({ data }) => data.projectNo)).toEqual(['S-2', 'S-3']);
    again.end();
    const all = await follow('?after=0');
    await vi.waitFor(
      () => expect(all.events.map(({ data }) => data.projectNo)).toEqual(['S-1', 'S-2', 'S-3']),
      WAIT,
    );
    all.end();
  });

  it('is refused a ninth stream at a time', async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => follow('')));
    const refused = await hall.call('GET', '/v1/events');
    expect(refused).toMatchObject({ status: 429, body: { code: 'events.too-many' } });
    for (const stream of streams) stream.end();
    await vi.waitFor(async () => {
      const one = await follow('');
      one.end();
      expect(one.status).toBe(200);
    }, WAIT);
  });
});

describe('a webhook', () => {
  it('is told every result, signed, and again until it takes it', async () => {
    posts.length = 0;
    answers = [500, 429, 204];
    await press('W-1', 2);
    await vi.waitFor(() => expect(posts).toHaveLength(3), WAIT);
    const keys = new Set(posts.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    for (const { headers, body } of posts) {
      const given = String(headers['pingjia-signature']);
      const seconds = Number(/^t=(\d+),v1=[0-9a-f]{64}$/.exec(given)?.[1]);
      expect(given).toBe(signatureOf(body, { secret: SECRET, nowMs: seconds * 1000 }));
      expect(JSON.parse(body)).toMatchObject({
        kind: 'evaluation',
        projectNo: 'W-1',
        level: 2,
        hall: 'test-hall',
      });
    }
  });

  it('that refuses an event does not hold the next one, and the refusal is listed', async () => {
    posts.length = 0;
    answers = [422];
    await press('W-2', 3);
    await press('W-3', 3);
    await vi.waitFor(() => expect(posts).toHaveLength(2), WAIT);
    await vi.waitFor(async () => {
      const { body } = await hall.call('GET', '/v1/status');
      expect(JSON.stringify(body.refusals)).toContain('answered with HTTP 422');
    }, WAIT);
  });
});
