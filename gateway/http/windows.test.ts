import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const RESULTS_KEY = 'pj_only-results';

let hall: TestHall;
beforeAll(async () => {
  hall = await startTestHall({}, {}, [
    { name: 'analysis', keySha256: hashOf(RESULTS_KEY), scopes: ['results'] },
  ]);
});
afterAll(() => hall.end());

const post = async (step: string, body?: object) =>
  (await hall.call('POST', `/v1/windows/a01/${step}`, { ...(body && { body }) })).body;

describe('a window over the API', () => {
  it('is signed in, paused, resumed and signed out step by step, and its evaluator shows each', async () => {
    const device = await hall.connect(await hall.register('a01', 'a01'));
    await device.sayHello();
    const desks: unknown[] = [];
    const shown = () =>
      device.waitFor(({ kind, message }) => {
        if (kind !== 'control' || message.do !== 'desk' || desks.includes(message)) return false;
        desks.push(message);
        return true;
      });
    await shown();
    expect(await post('sign-in', { staff: TEST_STAFF })).toEqual({
      window: 'a01',
      staff: TEST_STAFF,
      paused: false,
    });
    expect((await shown()).message).toMatchObject({ paused: false, who: { w: 304 } });
    expect(await post('pause')).toEqual({ window: 'a01', staff: TEST_STAFF, paused: true });
    expect((await shown()).message).toMatchObject({ paused: true });
    expect(await post('resume')).toMatchObject({ staff: TEST_STAFF, paused: false });
    expect((await shown()).message).toMatchObject({ paused: false });
    expect(await post('sign-out')).toEqual({ window: 'a01', staff: null, paused: false });
    expect((await shown()).message).toMatchObject({ who: null, staff: '0'.repeat(16) });
    expect((await hall.call('GET', '/v1/windows/a01')).body).toEqual({
      window: 'a01',
      staff: null,
      paused: false,
      evaluator: { device: 'a01', online: true },
      invitation: null,
    });
    await device.end();
  });

  it('says that nobody sits at a window without an evaluator', async () => {
    expect((await hall.call('GET', '/v1/windows/a02')).body).toMatchObject({ evaluator: null, staff: null });
  });
});

describe('a key with one scope', () => {
  const headers = { authorization: `Bearer ${RESULTS_KEY}` };

  it('reads results and changes nothing', async () => {
    expect((await hall.call('GET', '/v1/evaluations', { headers })).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/v1/windows/a01/pause'],
      ['PUT', '/v1/cases/X-1'],
      ['POST', '/v1/invitations'],
    ] as const) {
      const answer = await hall.call(method, path, { headers });
      expect(answer).toMatchObject({ status: 403, body: { code: 'key.scope' } });
    }
    expect((await hall.call('GET', '/v1/windows/a01')).body.paused).toBe(false);
  });
});
