import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECORD_REASONS } from '../../protocol/constants.ts';
import { Settings } from '../config/schema.ts';
import type { DeviceClient } from '../testing/device-client.ts';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';

let hall: TestHall;
let device: DeviceClient;
let invitation: string;
beforeEach(async () => {
  hall = await startTestHall({ reasons: [{ level: 2, codes: [208, 213] }] });
  device = await hall.connect(await hall.register('a01', 'a01'));
  await device.sayHello();
  await putCase(hall, 'P-1');
  const body = { window: 'a01', services: [{ projectNo: 'P-1', assessNumber: 1 }] };
  invitation = (await hall.call('POST', '/v1/invitations', { body })).body.invitation as string;
});
afterEach(() => hall.end());

const offers = () =>
  device.received.filter(({ kind, message }) => kind === 'control' && message.do === 'reasons');

describe('reasons after a press', () => {
  it('are offered for a level that has some, after its acknowledgement, and join the evaluation', async () => {
    await device.sendRecord(device.sign({ seq: 1, level: 2, invitation }));
    const offer = await device.waitFor(({ kind, message }) => kind === 'control' && message.do === 'reasons');
    expect(offer.message).toMatchObject({
      seq: 1,
      options: [
        { code: 208, label: { w: 264, h: 32 } },
        { code: 213, label: { w: 264, h: 32 } },
      ],
    });
    const order = device.received.map(({ kind, message }) =>
      kind === 'ack' ? `ack ${message.upTo}` : message.do,
    );
    expect(order.indexOf('ack 1')).toBeLessThan(order.indexOf('reasons'));
    await device.sendRecord(
      device.sign({ seq: 2, kind: RECORD_REASONS, level: 2, reasons: [213], invitation }),
    );
    const list = await hall.call('GET', '/v1/evaluations');
    expect(list.body.evaluations).toEqual([expect.objectContaining({ seq: 1, level: 2, reasons: [213] })]);
  });

  it('are not offered for another level, nor for a press that was made before the evaluator was back', async () => {
    await device.sendRecord(device.sign({ seq: 1, level: 5, invitation }));
    await device.sendRecord(
      device.sign({ seq: 2, boot: 9, level: 2, invitation, flags: 4, wall: Date.now() - 60_000 }),
    );
    await device.sendRecord(device.sign({ seq: 3, level: 2, invitation }));
    await device.waitFor(({ kind, message }) => kind === 'control' && message.do === 'reasons');
    expect(offers().map(({ message }) => message.seq)).toEqual([3]);
  });
});

describe('the reasons of a hall', () => {
  const problemOf = (reasons: unknown) => {
    const settings = { hall: { id: 'h', name: '大厅' }, dataFolder: 'd', masterKeyFile: 'k', reasons };
    const result = Settings.safeParse(settings);
    return result.success ? undefined : result.error.issues.map(({ message }) => message).join();
  };

  it('are codes of the national norm, at most five of a level and each level once', () => {
    expect(problemOf([{ level: 2, codes: [207, 208, 209, 213, 214] }])).toBeUndefined();
    expect(problemOf([{ level: 2, codes: [108] }])).toContain('codes of its own level');
    expect(problemOf([{ level: 2, codes: [207, 208, 209, 210, 211, 212] }])).toContain('1 to 5 codes');
    expect(problemOf([2, 2].map((level) => ({ level, codes: [207] })))).toContain('at most once');
  });

  it('are none by default, for every level alike', () => {
    const settings = { hall: { id: 'h', name: '大厅' }, dataFolder: 'd', masterKeyFile: 'k' };
    expect(Settings.parse(settings).reasons).toEqual([]);
  });
});
