// What a window system put after the backup it puts again, and what was pressed on it the evaluator sends again from
// its journal: whichever comes first, they find each other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { SWEEP_EVERY_MS } from '../rules/default-sweep.ts';
import { type FakeClock, makeFakeClock } from '../testing/fake-clock.ts';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';
import { LOOK_AGAIN_EVERY_MS } from '../upstream/sender.ts';
import { takeBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';

const EVENING_MS = Date.parse('2026-03-09T22:00:00+08:00');
const AFTER_TERM_MS = Date.parse('2026-03-10T00:10:00+08:00');
const WAIT = { timeout: 20_000 };
const services = [1, 2].map((assessNumber) => ({ projectNo: 'P-after', assessNumber }));

let clock: FakeClock;
let hall: TestHall;
let identity: DeviceIdentity;
let press: Evaluation;

const call = async (method: string, path: string, body: object, idempotencyKey?: string) => {
  const answer = await hall.call(method, path, { body, ...(idempotencyKey && { idempotencyKey }) });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
/** As after the backup, in the same words. */
const putCompleted = async () => {
  await call('PUT', '/v1/cases/P-after', {
    taskCode: '1123100000000000014000118004001',
    taskName: '居住证签注',
  });
  for (const { assessNumber } of services) {
    const servedAt = '2026-03-02T09:30:00+08:00';
    const body = { serviceName: '受理', servedAt, staff: TEST_STAFF, window: 'a01' };
    await call('PUT', `/v1/cases/P-after/services/${assessNumber}`, body);
  }
  await call('POST', '/v1/cases/P-after/completion', { completedAt: '2026-03-02T10:00:00+08:00' });
};
const invite = async () =>
  (await call('POST', '/v1/invitations', { window: 'a01', services }, 'after-1')).invitation as string;
/** Presses the evaluator keeps; the second was acknowledged by the database that was lost. */
const evaluatorComes = async (boot: number) => {
  const device = await hall.connect(identity, { boot });
  await device.sayHello({ acked: 1, oldest: 1, next: 2 });
  await device.sendRecord(press);
};
const counting = async () => {
  const states = await hall.call('GET', '/v1/evaluations');
  return (states.body.evaluations as { seq: number; state: string; services: object[] }[]).map(
    ({ seq, state, services: of }) => ({ seq, state, services: of.length }),
  );
};
const upstreamHas = () => {
  const folder = join(hall.folder, 'exchange');
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').trim().split('\n'),
  );
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { kind: string; assessNumber: number; level: number })
    .filter(({ kind }) => kind !== 'service')
    .map(({ kind, assessNumber, level }) => `${kind} ${assessNumber}: ${level}`);
};

beforeEach(async () => {
  clock = makeFakeClock(EVENING_MS);
  hall = await startTestHall({ upstream: [{ id: 'files', kind: 'file', folder: 'exchange' }] }, { clock });
  identity = await hall.register('a01', 'a01');
  const options = { hall: 'test-hall', dataFolder: hall.config.dataFolder };
  const chainKey = loadMasterKeys(hall.config.masterKeyFile).chain;
  const { folder: from } = await takeBackup({
    ...options,
    chainKey,
    into: join(hall.folder, 'backups'),
    nowMs: clock.nowMs(),
    onProgress: () => undefined,
  });
  await putCompleted();
  const device = await hall.connect(identity, { boot: 1 });
  await device.sayHello();
  press = device.sign({
    seq: 1,
    boot: 1,
    level: 2,
    wall: clock.nowMs(),
    flags: FLAG_CLOCK_SET,
    invitation: await invite(),
  });
  await device.sendRecord(press);
  await expect.poll(upstreamHas, WAIT).toEqual(['evaluation 1: 2', 'evaluation 2: 2']);
  await hall.gateway.stop();
  clock.advance(AFTER_TERM_MS - clock.nowMs());
  await restoreBackup({ ...options, chainKey, from, force: true, nowMs: clock.nowMs() });
  await hall.restart();
  expect(await counting()).toEqual([]);
});
afterEach(() => hall.end());

describe('after a restore, a press on an invitation that came after the backup', () => {
  it.each([
    { first: 'the evaluator', second: 'the window system' },
    { first: 'the window system', second: 'the evaluator' },
  ])(
    'counts once for all its services and goes upstream once, when $first comes back before $second',
    async ({ first }) => {
      if (first === 'the evaluator') {
        await evaluatorComes(2);
        expect(await counting()).toEqual([{ seq: 1, state: 'unmatched', services: 0 }]);
      }
      await putCompleted();
      // The term is over: without the invitation there is nothing to tell that somebody evaluated.
      clock.advance(SWEEP_EVERY_MS);
      await hall.call('GET', '/v1/status');
      clock.advance(SWEEP_EVERY_MS);
      await invite();
      if (first === 'the window system') await evaluatorComes(2);
      await expect.poll(counting, WAIT).toEqual([{ seq: 1, state: 'effective', services: 2 }]);
      clock.advance(SWEEP_EVERY_MS);
      const backlog = async () => {
        // A try that failed, or a row that was held back, is looked at again in the clock's own time.
        clock.advance(LOOK_AGAIN_EVERY_MS);
        return (await hall.call('GET', '/v1/status')).body.backlog;
      };
      await expect.poll(backlog, WAIT).toMatchObject({ records: 0 });
      expect(upstreamHas()).toEqual(['evaluation 1: 2', 'evaluation 2: 2']);
    },
  );
});
