import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFakeClock } from '../testing/fake-clock.ts';
import { BREAKER_LIMIT_FAILURES, backoffMs } from './backoff.ts';
import type { UpstreamConnector } from './connector.ts';
import { makeNationalHttp } from './national-http.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import { makeSender, type Sender } from './sender.ts';

/** An outbox in memory; the real one is tested with the database. */
function memoryOutbox() {
  const items: (OutboxItem & { state: string })[] = [];
  const listeners = new Set<() => void>();
  let nextId = 1;
  const find = (id: number) => items.find((item) => item.id === id)!;
  const outbox: Outbox = {
    heads({ withoutCases, limit }) {
      const seen = new Set<string>();
      const heads = items.filter(({ state, projectNo }) => {
        if (state !== 'waiting' || seen.has(projectNo)) return false;
        seen.add(projectNo);
        return !withoutCases.has(projectNo);
      });
      return heads.slice(0, limit).map((item) => ({ ...item }));
    },
    async beginTry(id) {
      find(id).unanswered = true;
    },
    waitingItem: (id) => (find(id).state === 'waiting' ? { ...find(id) } : undefined),
    async markDelivered(id) {
      find(id).state = 'delivered';
    },
    async markRefused(id, { code }) {
      find(id).state = `refused ${code}`;
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    outbox,
    states: () => items.map(({ state }) => state),
    add(projectNo: string, options: { level?: number; unanswered?: boolean } = {}) {
      const common = { projectNo, assessNumber: 1 };
      const service = {
        ...common,
        taskCode: 't',
        taskName: '事项',
        projectName: undefined,
        areaCode: undefined,
        deptCode: undefined,
        serviceName: '受理',
        servedAtMs: 0,
        acceptedAtMs: undefined,
        completedAtMs: undefined,
        staff: { badgeId: '1', name: '张三' },
      };
      const evaluation = { ...common, level: options.level ?? 5, reasons: [], pressedAtMs: 0 };
      for (const item of [
        { kind: 'service' as const, record: service },
        { kind: 'evaluation' as const, record: evaluation },
      ]) {
        const id = nextId++;
        const unanswered = options.unanswered ?? false;
        items.push({ id, projectNo, item, idempotencyKey: `key-${id}`, unanswered, state: 'waiting' });
      }
      for (const listener of listeners) listener();
    },
  };
}

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

let server: Server;
let calls: Call[];
let behave: Behaviour;
let sender: Sender | undefined;
let store: ReturnType<typeof memoryOutbox>;

beforeEach(async () => {
  calls = [];
  behave = success;
  store = memoryOutbox();
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

function start(options: { timeoutMs?: number; baseMs?: number } = {}) {
  const { port } = server.address() as { port: number };
  const nothing = () => undefined;
  sender = makeSender({
    outbox: store.outbox,
    connector: makeNationalHttp({
      url: `http://127.0.0.1:${port}`,
      appMark: 'hall',
      appWord: 'word',
      negativeText: '评价器按键,未填写原因',
      nowMs: () => 0,
    }),
    clock: {
      nowMs: () => 0,
      monotonicMs: () => performance.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    log: { info: nothing, warn: nothing, error: nothing },
    concurrency: 4,
    timeoutMs: options.timeoutMs ?? 5000,
    baseMs: options.baseMs ?? 5,
    limitMs: 40,
    random: () => 0.5,
  });
  sender.start();
}
const until = (check: () => void) =>
  expect
    .poll(
      () => {
        check();
        return true;
      },
      { timeout: 10_000, interval: 5 },
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
      () => undefined,
    ];
    behave = (call, response) => (failures.shift() ?? success)(call, response);
    store.add('case');
    start({ timeoutMs: 300 });
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
    const { heads } = store.outbox;
    let failures = 2;
    store.outbox.heads = (query) => {
      if (failures-- > 0) throw new Error('database is locked');
      return heads(query);
    };
    store.add('case');
    start();
    await until(allDelivered);
  });

  it('sets a timer for a moment that is reached while it looks for items', async () => {
    const clock = makeFakeClock(0);
    const { heads } = store.outbox;
    let slow = false;
    store.outbox.heads = (query) => {
      const found = heads(query);
      if (slow) clock.advance(40);
      slow = false;
      return found;
    };
    let away = true;
    store.add('case');
    sender = makeSender({
      outbox: store.outbox,
      connector: {
        async send() {
          if (!away) return { outcome: 'delivered' };
          away = false;
          slow = true;
          return { outcome: 'failed', reason: 'away' };
        },
      } as UpstreamConnector,
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      concurrency: 4,
      timeoutMs: 5000,
      baseMs: 20,
      limitMs: 40,
      random: () => 0.5,
    });
    sender.start();
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
