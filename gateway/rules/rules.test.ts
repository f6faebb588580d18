import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { sealEnvelope } from '../../protocol/keys.ts';
import { openDeviceDatabase } from '../fleet-access.ts';
import type { DeviceClient } from '../testing/device-client.ts';
import { type FakeClock, makeFakeClock } from '../testing/fake-clock.ts';
import { SAMPLE_HEALTH } from '../testing/sample-health.ts';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';
import { SWEEP_EVERY_MS } from './default-sweep.ts';

const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday morning; a case completed now has its term until the next Tuesday's 00:00. */
const START_MS = shanghai('2026-03-02 10:00:00');
const TERM_MS = shanghai('2026-03-10 00:00:00') - START_MS;

interface Received {
  path: string;
  params: Record<string, string>;
}
let clock: FakeClock;
let hall: TestHall;
let province: Server;
let received: Received[];

beforeEach(async () => {
  received = [];
  province = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { txnBodyCom } = JSON.parse(Buffer.concat(chunks).toString()) as { txnBodyCom: Received };
      received.push({ path: request.url!, params: txnBodyCom.params });
      response.setHeader('C-Response-Desc', 'success');
      response.end('{"code":"0"}');
    });
  });
  await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
  clock = makeFakeClock(START_MS);
  hall = await startTestHall({ upstream: upstream() }, { clock });
});
afterEach(async () => {
  await hall.end();
  province.closeAllConnections();
  await new Promise((resolve) => province.close(resolve));
});

const upstream = () => [
  {
    id: 'province',
    kind: 'http',
    url: `http://127.0.0.1:${(province.address() as AddressInfo).port}`,
    appMark: 'hall',
    appWord: 'word',
  },
];
async function complete(projectNo: string) {
  await putCase(hall, projectNo);
  const { status } = await hall.call('POST', `/v1/cases/${projectNo}/completion`);
  expect(status).toBe(200);
}
interface Standing {
  completedAt: string | null;
  withdrawnAt: string | null;
  termEndsAt: string | null;
  services: { state: string; effective: { origin: string; level: number; at: string } | null }[];
}
const standing = async (projectNo: string) =>
  (await hall.call('GET', `/v1/cases/${projectNo}`)).body as unknown as Standing;
const stateOf = async (projectNo: string) => (await standing(projectNo)).services[0]!.state;
const rulesStatus = async () => (await hall.call('GET', '/v1/status')).body.rules as Record<string, unknown>;
const invite = async (projectNo: string) => {
  const body = { window: 'a01', services: [{ projectNo, assessNumber: 1 }] };
  return (await hall.call('POST', '/v1/invitations', { body })).body.invitation as string;
};
/** Without repetitions: time that leaps here may end a try that the province has taken already. */
const evaluations = () => {
  const sent = received
    .filter(({ path }) => path === '/evaluation')
    .map(({ params }) => JSON.stringify(params));
  return [...new Set(sent)].map((text) => JSON.parse(text) as Record<string, string>);
};
/** `n` counts the envelopes of this session; hello was the first. */
const reportHealth = (device: DeviceClient, { n, unsent }: { n: number; unsent: number }) =>
  device.publish(
    'health',
    sealEnvelope(device.session.up, 'health', {
      ...SAMPLE_HEALTH,
      n,
      journal: { unsent, capacity: 1000 },
    }),
  );
async function confirmClock() {
  const database = await openDeviceDatabase(hall.config, clock);
  try {
    return (await database.operator.confirmClock()).change;
  } finally {
    await database.close();
  }
}
/** Lets time pass until it is so: a sweep under way sets its next timer only when it has ended. */
const eventually = <T>(look: () => T | Promise<T>, stepMs = SWEEP_EVERY_MS) =>
  expect.poll(
    () => {
      clock.advance(stepMs);
      return look();
    },
    { timeout: 10_000, interval: 20 },
  );
const held = (reason: string) => eventually(rulesStatus).toMatchObject({ clockHold: { reason } });

describe('a completed case that nobody evaluates', () => {
  it('becomes 基本满意 exactly at the end of its term, and upstream gets it marked after three days', async () => {
    await complete('P-1');
    expect(await standing('P-1')).toMatchObject({
      completedAt: '2026-03-02T10:00:00.000+08:00',
      withdrawnAt: null,
      termEndsAt: '2026-03-10T00:00:00.000+08:00',
      services: [{ assessNumber: 1, completing: true, state: 'open', effective: null }],
    });
    await hall.register('a01', 'a01');
    clock.advance(TERM_MS - 1);
    expect(await stateOf('P-1')).toBe('open');
    await eventually(() => stateOf('P-1'), 1).toBe('defaulted');
    expect((await standing('P-1')).services[0]!.effective).toMatchObject({
      origin: 'default',
      level: 3,
      at: '2026-03-10T00:00:00.000+08:00',
    });
    expect(await rulesStatus()).toMatchObject({ heldDefaults: 1 });
    expect(evaluations()).toEqual([]);
    clock.advance(3 * DAY_MS);
    await eventually(evaluations).toEqual([
      {
        projectNo: 'P-1',
        assessNumber: '1',
        pf: '7',
        satisfaction: '3',
        evalDetail: '',
        writingEvaluation: '',
        assessTime: '2026-03-10 00:00:00',
      },
    ]);
    const list = await hall.call('GET', '/v1/evaluations');
    expect(list.body.evaluations).toEqual([]);
  });

  it('is sent as soon as the evaluator of its window reports an empty journal after the term', async () => {
    const device = await hall.connect(await hall.register('a01', 'a01'));
    await device.sayHello();
    await reportHealth(device, { n: 2, unsent: 0 });
    await complete('P-1');
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-1')).toBe('defaulted');
    await reportHealth(device, { n: 3, unsent: 2 });
    await eventually(rulesStatus).toMatchObject({ heldDefaults: 1 });
    expect(evaluations()).toEqual([]);
    await reportHealth(device, { n: 4, unsent: 0 });
    await eventually(evaluations).toEqual([expect.objectContaining({ pf: '7', satisfaction: '3' })]);
  });

  it('is defaulted at the next start when its term ended while the gateway was down', async () => {
    for (let index = 0; index < 5; index++) await complete(`P-${index}`);
    clock.advance(TERM_MS - HOUR_MS);
    await complete('P-new');
    await hall.gateway.stop();
    clock.advance(2 * HOUR_MS);
    await hall.restart();
    for (let index = 0; index < 5; index++)
      await eventually(() => stateOf(`P-${index}`), 1).toBe('defaulted');
    expect(await stateOf('P-new')).toBe('open');
  });

  it('is not defaulted once it was withdrawn', async () => {
    await complete('P-1');
    await complete('P-2');
    await hall.call('POST', '/v1/cases/P-1/withdrawal');
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-2')).toBe('defaulted');
    expect(await standing('P-1')).toMatchObject({
      withdrawnAt: '2026-03-02T10:00:00.000+08:00',
      services: [{ effective: null }],
    });
  });
});

describe('a press that is delivered after the term', () => {
  it('replaces the default if it was made in time, and is kept as late if not', async () => {
    const device = await hall.connect(await hall.register('a01', 'a01'));
    await device.sayHello();
    await complete('P-1');
    const first = await invite('P-1');
    await complete('P-2');
    const second = await invite('P-2');
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-2')).toBe('defaulted');
    const wall = START_MS + TERM_MS;
    const flags = FLAG_CLOCK_SET;
    await device.sendRecord(device.sign({ seq: 1, level: 2, invitation: first, wall: wall - 1, flags }));
    await device.sendRecord(device.sign({ seq: 2, level: 1, invitation: second, wall, flags }));
    expect((await standing('P-1')).services[0]).toMatchObject({
      state: 'evaluated',
      effective: { origin: 'press', level: 2 },
    });
    expect(await stateOf('P-2')).toBe('defaulted');
    const list = await hall.call('GET', '/v1/evaluations');
    expect(list.body.evaluations).toEqual([
      expect.objectContaining({ seq: 1, state: 'effective' }),
      expect.objectContaining({ seq: 2, state: 'late' }),
    ]);
    await expect
      .poll(evaluations)
      .toEqual([expect.objectContaining({ projectNo: 'P-1', pf: '4', satisfaction: '2' })]);
  });
});

describe('a clock in doubt', () => {
  it('that jumped sets no default until a person confirms it, over a restart too', async () => {
    await complete('P-1');
    clock.jump(30 * DAY_MS);
    await held('jumped');
    expect(await hall.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', warnings: ['clock.held'] },
    });
    expect(await stateOf('P-1')).toBe('ended');
    await complete('P-2');
    await hall.restart();
    await held('jumped');
    clock.jump(-30 * DAY_MS);
    expect(await confirmClock()).toBe('updated');
    expect(await confirmClock()).toBe('unchanged');
    await eventually(rulesStatus).toMatchObject({ clockHold: null });
    expect(await stateOf('P-1')).toBe('open');
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-1')).toBe('defaulted');
  });

  it('is one that starts more than a day after the newest fact, or before it', async () => {
    await complete('P-1');
    await hall.gateway.stop();
    clock.advance(DAY_MS + HOUR_MS);
    await hall.restart();
    await held('long-after-newest-fact');
    expect(await confirmClock()).toBe('updated');
    await hall.gateway.stop();
    clock.jump(-HOUR_MS);
    await hall.restart();
    await held('before-newest-fact');
  });

  it('is none that differs by a few minutes', async () => {
    await complete('P-1');
    clock.jump(4 * 60_000);
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-1')).toBe('defaulted');
    expect(await rulesStatus()).toMatchObject({ clockHold: null });
  });
});

describe('the calendar of the hall', () => {
  it('moves running terms when overrides are added, and leaves ended ones', async () => {
    await complete('P-ended');
    clock.advance(TERM_MS);
    await eventually(() => stateOf('P-ended')).toBe('defaulted');
    await complete('P-running');
    expect((await standing('P-running')).termEndsAt).toBe('2026-03-18T00:00:00.000+08:00');
    for (const date of ['2026-03-04', '2026-03-12']) {
      hall.config.calendar.overrides.push({ date, working: false });
    }
    await hall.restart();
    const ends = async () => (await standing('P-running')).termEndsAt;
    await eventually(ends, 1).toBe('2026-03-19T00:00:00.000+08:00');
    expect((await standing('P-ended')).termEndsAt).toBe('2026-03-10T00:00:00.000+08:00');
  });

  it('warns in status and readiness of a year without an arrangement, and goes on', async () => {
    expect(await rulesStatus()).toMatchObject({ unknownYears: [] });
    await hall.gateway.stop();
    clock.advance(shanghai('2035-12-20 09:00:00') - START_MS);
    await hall.restart();
    expect(await rulesStatus()).toMatchObject({ unknownYears: [2035, 2036] });
    expect((await hall.call('GET', '/readyz')).body).toMatchObject({
      status: 'ready',
      warnings: expect.arrayContaining(['calendar.unknown-year']),
    });
    await complete('P-1');
    expect((await standing('P-1')).termEndsAt).toBe('2035-12-28T00:00:00.000+08:00');
  });
});
