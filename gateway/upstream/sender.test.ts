import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeClock, makeFakeClock } from '../testing/fake-clock.ts';
import { type MemoryOutbox, makeMemoryOutbox } from '../testing/memory-outbox.ts';
import { BREAKER_LIMIT_FAILURES, backoffMs } from './backoff.ts';
import type { UpstreamConnector } from './connector.ts';
import { loadProfile } from './load-profile.ts';
import { makeNationalHttp } from './national-http.ts';
import { LOOK_AGAIN_EVERY_MS, makeSender, type Sender } from './sender.ts';

interface Call {
  path: string;
  projectNo: string;
  key: string;
}
type Behaviour = (call: Call, response: ServerResponse) => void;

const answer = (response: ServerResponse, code: string) =>
  response
    .setHeader('C-Response-Desc', code === '0' ? 'success' : 'fail')
    .end(JSON.stringify({ code, msg: `理由 ${code}` }));
const success: Behaviour = (_, response) => void answer(response, '0');

const loaded = loadProfile('national', { folder: '/', at: 'profile' });
if (!loaded.ok) throw new Error('the national profile is wrong');
const nationalProfile = loaded.profile;

let server: Server;
let calls: Call[];
let behave: Behaviour;
let sender: Sender | undefined;
let store: MemoryOutbox;
/** No other wait is as long, so that the clock below knows it. */
const TRY_LIMIT_MS = 60_001;
/** Ends of tries whose time is up once a test says so: a busy machine takes longer than any limit a test could wait for. */
const limits = new Set<() => void>();

beforeEach(async () => {
  calls = [];
  behave = success;
  store = makeMemoryOutbox();
  server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        txnBodyCom: { params: { projectNo: string } };
      };
      const { projectNo } = body.txnBodyCom.params;
      const call = { path: request.url!, projectNo, key: request.headers['idempotency-key'] as string };
      calls.push(call);
      behave(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await sender?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Never answered; the try ends as if its time were up. */
const silence: Behaviour = () => {
  for (const end of limits) end();
};

function start() {
  const { port } = server.address() as { port: number };
  const nothing = () => undefined;
  sender = makeSender({
    id: 'province',
    outbox: store.outbox,
    connector: makeNationalHttp({
      url: `http://127.0.0.1:${port}`,
      appMark: 'hall',
      appWord: 'word',
      signKey: undefined,
      profile: nationalProfile,
      nowMs: () => 0,
    }),
    clock: {
      nowMs: () => 0,
      monotonicMs: () => performance.now(),
      after(delayMs, run) {
        if (delayMs === TRY_LIMIT_MS) {
          limits.add(run);
          return () => limits.delete(run);
        }
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    log: { info: nothing, warn: nothing, error: nothing },
    concurrency: 4,
    timeoutMs: TRY_LIMIT_MS,
    baseMs: 5,
    limitMs: 40,
    random: () => 0.5,
  });
  sender.start();
}
/** A connector without a network, on a clock that the test moves. */
function startVirtual(send: UpstreamConnector['send']): FakeClock {
  const clock = makeFakeClock(0);
  const nothing = () => undefined;
  sender = makeSender({
    id: 'province',
    outbox: store.outbox,
    connector: {
      rules: { defaults: 'sent', corrections: 'list', withdrawals: 'list', serviceChanges: 'none' },
      send,
    },
    clock,
    log: { info: nothing, warn: nothing, error: nothing },
    concurrency: 4,
    timeoutMs: 5000,
    baseMs: 40,
    limitMs: 40,
    random: () => 0.5,
  });
  sender.start();
  return clock;
}
const until = (check: () => void) =>
  expect
    .poll(
      () => {
        check();
        return true;
      },
      { timeout: 20_000, interval: 5 },
    )
    .toBe(true);
const allDelivered = () => expect(new Set(store.states())).toEqual(new Set(['delivered']));

describe('sending to the provincial system', () => {
  it('sends the service record of each case before its evaluation, each with its own key', async () => {
    for (let index = 0; index < 20; index++) store.add(`case-${index}`);
    start();
    await until(allDelivered);
    for (let index = 0; index < 20; index++) {
      const own = calls.filter(({ projectNo }) => projectNo === `case-${index}`);
      expect(own.map(({ path }) => path)).toEqual(['/service', '/evaluation']);
    }
    expect(new Set(calls.map(({ key }) => key)).size).toBe(40);
  });

  it('sends what is added later without being asked', async () => {
    start();
    store.add('late');
    await until(allDelivered);
  });

  it('never has more than four tries under way, nor two of one case', async () => {
    const open = new Set<string>();
    let most = 0;
    behave = ({ projectNo }, response) => {
      expect(open.has(projectNo)).toBe(false);
      open.add(projectNo);
      most = Math.max(most, open.size);
      setImmediate(() => {
        open.delete(projectNo);
        answer(response, '0');
      });
    };
    for (let index = 0; index < 30; index++) store.add(`case-${index}`);
    start();
    await until(allDelivered);
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
  });

  it('tries again after every kind of failure, with the same key, and keeps the order', async () => {
    const failures: Behaviour[] = [
      (_, response) => void response.writeHead(500).end('{}'),
      (_, response) => void response.end('{"code":'),
      (_, response) => void response.end('[]'),
      (_, response) => void response.setHeader('C-Response-Desc', 'success').end('{"code":"9"}'),
      (_, response) =>
        void response
          .writeHead(200, { 'content-length': '100' })
          .write('{"code":"0"}', () => response.destroy()),
      (_, response) => void response.destroy(),
      silence,
    ];
    behave = (call, response) => (failures.shift() ?? success)(call, response);
    store.add('case');
    start();
    await until(allDelivered);
    expect(calls.map(({ path }) => path)).toEqual([...Array(8).fill('/service'), '/evaluation']);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(2);
  });

  it('keeps a refusal with its code and goes on with the other cases', async () => {
    behave = ({ path, projectNo }, response) =>
      void answer(response, projectNo === 'bad' && path === '/evaluation' ? '1003' : '0');
    store.add('bad');
    store.add('good');
    start();
    await until(() =>
      expect(store.states()).toEqual(['delivered', 'refused 1003', 'delivered', 'delivered']),
    );
    expect(calls.length).toBe(4);
  });

  it('takes "already there" as delivered only after an own try without answer', async () => {
    const stored = new Set<string>();
    behave = (call, response) => {
      if (call.path === '/service') return success(call, response);
      if (stored.has(call.projectNo)) return void answer(response, '1002');
      stored.add(call.projectNo);
      response.destroy();
    };
    stored.add('conflict');
    store.add('own');
    store.add('conflict');
    store.add('before-restart', { unanswered: true });
    stored.add('before-restart');
    start();
    await until(() =>
      expect(store.states()).toEqual([
        'delivered',
        'delivered',
        'delivered',
        'refused 1002',
        'delivered',
        'delivered',
      ]),
    );
  });

  it('knows of a try without answer also for an item it had fetched before that try', async () => {
    const stored = new Set<string>();
    let lost = 0;
    behave = (call, response) => {
      const isNew = !stored.has(call.key);
      stored.add(call.key);
      // Up to eight are under way before the breaker opens; then trials of cases fetched earlier are lost as well.
      if (isNew && lost < BREAKER_LIMIT_FAILURES + 8) {
        lost += 1;
        response.destroy();
      } else answer(response, isNew ? '0' : '1002');
    };
    for (let index = 0; index < 20; index++) store.add(`case-${index}`);
    start();
    await until(() => expect(store.states()).not.toContain('waiting'));
    allDelivered();
  });

  it('goes on after the outbox could not be read', async () => {
    const { beyond, take } = store.outbox;
    let failures = 2;
    store.outbox.beyond = (limit) => {
      if (failures-- > 0) throw new Error('database is locked');
      return beyond(limit);
    };
    // A commit whose end is not known may have happened: what it took must not be forgotten.
    let unknown = true;
    store.outbox.take = async (upTo) => {
      await take(upTo);
      if (unknown) {
        unknown = false;
        throw new Error('disk I/O error');
      }
    };
    store.add('case');
    start();
    await until(allDelivered);
  });

  it('sets a timer for a moment that is reached while it looks for items', async () => {
    const { beyond } = store.outbox;
    let slow = false;
    store.outbox.beyond = (limit) => {
      if (slow) clock.advance(80);
      slow = false;
      return beyond(limit);
    };
    let away = true;
    store.add('case');
    const clock = startVirtual(async () => {
      if (!away) return { outcome: 'delivered' };
      away = false;
      slow = true;
      return { outcome: 'failed', reason: 'away' };
    });
    await until(() => expect(slow || away).toBe(false));
    // The timer's moment has passed already; the smallest step runs it.
    clock.advance(1);
    await until(allDelivered);
  });

  it('does not let a case that always fails hold up the others', async () => {
    behave = (call, response) =>
      call.projectNo === 'poison' ? void response.writeHead(500).end() : success(call, response);
    store.add('poison');
    start();
    await until(() => expect(sender!.breakerState()).toBe('open'));
    for (let index = 0; index < 5; index++) store.add(`case-${index}`);
    await until(() => expect(store.states().filter((state) => state === 'delivered').length).toBe(10));
    expect(store.states().slice(0, 2)).toEqual(['waiting', 'waiting']);
  });

  it('makes one trial at a time while upstream is away, and drains when it is back', async () => {
    let open = 0;
    let most = 0;
    let away = true;
    behave = (call, response) => {
      open += 1;
      if (sender!.breakerState() === 'open') most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        if (away) response.writeHead(503).end();
        else success(call, response);
      });
    };
    for (let index = 0; index < 20; index++) store.add(`case-${index}`);
    start();
    await until(() => expect(calls.length).toBeGreaterThan(BREAKER_LIMIT_FAILURES + 4));
    most = 0;
    const before = calls.length;
    await until(() => expect(calls.length).toBeGreaterThan(before + 3));
    expect(most).toBe(1);
    away = false;
    await until(allDelivered);
    expect(sender!.breakerState()).toBe('closed');
  });

  it('holds back what may not leave yet, and nothing else, without counting upstream as away', async () => {
    const clock = startVirtual(async () => ({ outcome: 'delivered' }));
    store.add('held');
    store.hold('held');
    store.add('free');
    await until(() => expect(store.states()).toEqual(['delivered', 'waiting', 'delivered', 'delivered']));
    clock.advance(LOOK_AGAIN_EVERY_MS);
    await until(() => expect(store.states()[1]).toBe('waiting'));
    expect(sender!.breakerState()).toBe('closed');
    store.free('held');
    clock.advance(LOOK_AGAIN_EVERY_MS);
    await until(allDelivered);
  });

  it('sends again what a person asked for in another process', async () => {
    let refusing = true;
    const clock = startVirtual(async ({ kind }) =>
      refusing && kind === 'evaluation'
        ? { outcome: 'refused', code: '1003', reason: '' }
        : { outcome: 'delivered' },
    );
    store.add('case');
    await until(() => expect(store.states()).toEqual(['delivered', 'refused 1003']));
    refusing = false;
    store.retry('case');
    clock.advance(LOOK_AGAIN_EVERY_MS);
    await until(allDelivered);
  });

  it('begins after a restart with the oldest row of a case, though a younger one waits anew', async () => {
    const sent: string[] = [];
    store.add('case');
    await store.outbox.take(2);
    store.again('case', 'evaluation');
    startVirtual(async ({ kind }) => {
      sent.push(kind);
      return { outcome: 'delivered' };
    });
    await until(allDelivered);
    expect(sent).toEqual(['service', 'evaluation']);
  });

  it('stops in the middle of a try and leaves the record waiting', async () => {
    behave = () => undefined;
    store.add('case');
    start();
    await until(() => expect(calls.length).toBe(1));
    await sender!.stop();
    expect(store.states()).toEqual(['waiting', 'waiting']);
  });
});

describe('the wait between tries', () => {
  it('doubles from 1 s to at most 60 s, with jitter over its upper half', () => {
    const wait = (failures: number, random: number) =>
      backoffMs(failures, { baseMs: 1000, limitMs: 60_000, random: () => random });
    expect([1, 2, 3, 6, 7, 1000].map((failures) => wait(failures, 0.999_999))).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
    expect(wait(1, 0)).toBe(500);
  });
});
