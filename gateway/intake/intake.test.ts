import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../protocol/messages.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import type { DeviceClient } from '../testing/device-client.ts';
import { putCase, startTestHall, type TestHall } from '../testing-hall.ts';

let hall: TestHall;
let identity: DeviceIdentity;
let device: DeviceClient;

beforeEach(async () => {
  hall = await startTestHall();
  identity = await hall.register('a01', 'a01');
  device = await hall.connect(identity);
});
afterEach(() => hall.end());

const stored = () => {
  const database = new Database(join(hall.config.dataFolder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare('SELECT seq, level, state FROM press ORDER BY seq').all();
  } finally {
    database.close();
  }
};
const acknowledged = (upTo: number) =>
  device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === upTo);
const signed = (seq: number, fields: Partial<Evaluation> = {}) => device.sign({ seq, ...fields });

describe('records of an evaluator', () => {
  it('are in the database when the PUBACK comes', async () => {
    for (const seq of [1, 2, 3]) {
      await device.sendRecord(signed(seq));
      expect(stored()).toHaveLength(seq);
    }
  });

  it('are acknowledged together up to the last, with one message for what was committed together', async () => {
    const count = 16;
    await Promise.all(Array.from({ length: count }, (_, index) => device.sendRecord(signed(index + 1))));
    await acknowledged(count);
    const acks = device.received.filter(({ kind }) => kind === 'ack').map(({ message }) => message.upTo);
    expect(acks).toEqual([...acks].sort((a, b) => Number(a) - Number(b)));
    expect(acks.length).toBeLessThan(count);
  });

  it('are kept once and acknowledged again when they come again, also after a restart', async () => {
    const record = signed(1);
    await device.sendRecord(record);
    await device.sendRecord(record);
    await hall.restart();
    device = await hall.connect(identity);
    await device.sendRecord(record);
    await acknowledged(1);
    expect(stored()).toHaveLength(1);
  });

  it('are acknowledged only up to the first that is missing', async () => {
    await device.sendRecord(signed(1));
    await device.sendRecord(signed(3));
    await device.sendRecord(signed(2));
    await acknowledged(3);
    expect(device.received.map(({ message }) => message.upTo)).toEqual([1, 1, 3]);
  });

  it('do not wait behind one that cannot be read', async () => {
    await device.publish('evaluation', JSON.stringify({ ...signed(1), level: 9 }));
    await device.publish('evaluation', 'not JSON');
    await device.sendRecord(signed(2));
    await acknowledged(2);
    expect(stored()).toEqual([{ seq: 2, level: 5, state: 'unmatched' }]);
  });

  it('are kept as unmatched when nobody knows their invitation', async () => {
    await device.sendRecord(signed(1, { invitation: 'ab'.repeat(8) }));
    expect(stored()).toEqual([{ seq: 1, level: 5, state: 'unmatched' }]);
  });

  it('count for the invitation they name, the first one made if there are several', async () => {
    await putCase(hall, 'P-1');
    const { body } = await hall.call('POST', '/v1/invitations', {
      body: { window: 'a01', services: [{ projectNo: 'P-1', assessNumber: 1 }] },
    });
    const invitation = body.invitation as string;
    await device.sendRecord(signed(2, { invitation, boot: 7, flags: 4, wall: 2_000_000, level: 1 }));
    await device.sendRecord(signed(1, { invitation, boot: 7, flags: 4, wall: 1_000_000, level: 4 }));
    expect(stored()).toEqual([
      { seq: 1, level: 4, state: 'effective' },
      { seq: 2, level: 1, state: 'duplicate' },
    ]);
    const followed = await hall.call('GET', `/v1/invitations/${invitation}`);
    expect(followed.body).toMatchObject({ state: 'evaluated', evaluation: { level: 4, seq: 1 } });
  });
});

describe('a session', () => {
  it('is told the time and what is on disk when the evaluator says hello, and goes past what it lost', async () => {
    await device.sendRecord(signed(1));
    await device.sayHello({ uptime: 4711, oldest: 4, next: 6, missing: [[5, 5]] });
    const time = await device.waitFor(({ kind }) => kind === 'time');
    expect(time.message).toMatchObject({ echo: 4711, wall: expect.any(Number) });
    await acknowledged(3);
    await device.sendRecord(signed(4));
    await acknowledged(5);
  });

  it('ends when the same evaluator connects anew', async () => {
    const old = device.mqtt;
    const closed = new Promise<void>((resolve) => old.once('close', () => resolve()));
    device = await hall.connect(identity);
    await closed;
    await device.sayHello();
    const { body } = await hall.call('GET', '/v1/status');
    expect(body.devices).toEqual([expect.objectContaining({ id: 'a01', online: true })]);
  });

  it('is offline when its connection breaks', async () => {
    await device.sayHello();
    device.mqtt.stream.destroy();
    const online = async () => {
      const { body } = await hall.call('GET', '/v1/status');
      return (body.devices as { online: boolean }[])[0]?.online;
    };
    await expect.poll(online).toBe(false);
  });
});
