import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { openScreens } from '../screens/screens.ts';
import type { DeviceClient, Received } from '../testing/device-client.ts';
import { putCase, startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';

let hall: TestHall;
let identity: DeviceIdentity;
let now = Date.parse('2026-02-13T09:00:00+08:00');

beforeAll(async () => {
  const clock = {
    nowMs: () => now,
    monotonicMs: () => performance.now(),
    after(delayMs: number, run: () => void) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
  hall = await startTestHall({ unlinkedPresses: true }, { clock, openScreens });
  identity = await hall.register('a01', 'a01');
});
afterAll(() => hall.end());

let cases = 0;
async function invite(termSeconds = 600): Promise<string> {
  cases += 1;
  await putCase(hall, `P-${cases}`);
  const services = [{ projectNo: `P-${cases}`, assessNumber: 1 }];
  const answer = await hall.call('POST', '/v1/invitations', {
    body: { window: 'a01', services, termSeconds },
  });
  expect(answer.status).toBe(201);
  return answer.body.invitation as string;
}
const setDesk = (body: object) => hall.call('PUT', '/v1/windows/a01/desk', { body });
const isCard = (invitation: string) => (item: Received) =>
  item.kind === 'card' && item.message.invitation === invitation;
const isDesk = (item: Received) => item.kind === 'control' && item.message.do === 'desk';
const cards = (device: DeviceClient) =>
  device.received.filter(({ kind }) => kind === 'card').map(({ message }) => message.invitation);
/** A desk change is answered in order: what was to be sent before it has been sent when it arrives. */
async function barrier(device: DeviceClient) {
  const before = device.received.length;
  await setDesk({ staff: { badgeId: `B${before}`, name: '李四' }, paused: false });
  await device.waitFor((item) => isDesk(item) && device.received.indexOf(item) >= before);
}

describe('what the evaluator of a window shows', () => {
  it('is its hall, window, staff and pause when it says hello', async () => {
    await setDesk({ staff: TEST_STAFF, paused: true });
    const device = await hall.connect(identity);
    await device.sayHello();
    const { message } = await device.waitFor(isDesk);
    expect(message).toMatchObject({
      paused: true,
      unlinked: true,
      place: { w: 304, h: 32 },
      who: { w: 304, h: 32 },
    });
    expect(message.staff).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    await device.end();
  });

  it('follows the desk at once, also when nobody is signed in', async () => {
    const device = await hall.connect(identity);
    await device.sayHello();
    await setDesk({ staff: null, paused: false });
    const { message } = await device.waitFor((item) => isDesk(item) && item.message.who === null);
    expect(message).toMatchObject({ staff: '0'.repeat(16), paused: false });
    await device.end();
  });

  it('is the card of a new invitation at once, and none after its cancellation', async () => {
    const device = await hall.connect(identity);
    await device.sayHello();
    const invitation = await invite();
    await device.waitFor(isCard(invitation));
    await hall.call('DELETE', `/v1/invitations/${invitation}`);
    await device.waitFor(({ kind, message }) => kind === 'control' && message.invitation === invitation);
    await device.end();
  });

  it('is the card again after a reconnect, with the term that is left', async () => {
    const invitation = await invite(600);
    now += 100_000;
    const device = await hall.connect(identity);
    await device.sayHello();
    expect((await device.waitFor(isCard(invitation))).message.term).toBe(500);
    await device.end();
    now += 490_000;
    const later = await hall.connect(identity);
    await later.sayHello();
    expect((await later.waitFor(isCard(invitation))).message.term).toBe(20);
    await later.end();
  });

  it('is no card that was cancelled while it was offline, also while its journal drains', async () => {
    const device = await hall.connect(identity);
    await device.sayHello();
    const invitation = await invite();
    await device.waitFor(isCard(invitation));
    await device.end();
    await hall.call('DELETE', `/v1/invitations/${invitation}`);
    const again = await hall.connect(identity);
    await again.sayHello({ oldest: 1, next: 2, acked: 0 });
    const { message } = await again.waitFor(
      ({ kind, message }) => kind === 'control' && message.do === 'cancel',
    );
    expect(message.invitation).toBe(NO_HANDLE);
    expect(cards(again)).toEqual([]);
    await again.end();
  });

  it('keeps the card of an invitation that is open: nothing is cancelled at hello', async () => {
    const invitation = await invite();
    const device = await hall.connect(identity);
    await device.sayHello();
    await device.waitFor(isCard(invitation));
    expect(device.received.filter(({ message }) => message.do === 'cancel')).toEqual([]);
    await hall.call('DELETE', `/v1/invitations/${invitation}`);
    await device.end();
  });

  it('is no card whose term has ended', async () => {
    await invite(60);
    now += 60_000;
    const device = await hall.connect(identity);
    await device.sayHello();
    await barrier(device);
    expect(cards(device)).toEqual([]);
    await device.end();
  });

  it('waits with the card until the presses held in the journal are stored, and drops it if one of them answers', async () => {
    const [first, second] = [await invite(), await invite()];
    const device = await hall.connect(identity);
    await device.sayHello({ oldest: 1, next: 3, acked: 0 });
    await barrier(device);
    expect(cards(device)).toEqual([]);
    await device.sendRecord(device.sign({ seq: 1, invitation: first }));
    await device.sendRecord(device.sign({ seq: 2, invitation: second }));
    await barrier(device);
    expect(cards(device)).toEqual([]);
    await device.end();

    const third = await invite();
    const again = await hall.connect(identity);
    await again.sayHello({ oldest: 1, next: 4, acked: 0 });
    await barrier(again);
    expect(cards(again)).toEqual([]);
    await again.sendRecord(again.sign({ seq: 3 }));
    await again.waitFor(isCard(third));
    await again.end();
  });

  it('is the card of an invitation made while its journal drains, at once', async () => {
    const device = await hall.connect(identity);
    await device.sayHello({ oldest: 1, next: 9, acked: 3 });
    const invitation = await invite();
    await device.waitFor(isCard(invitation));
    await device.end();
  });
});
