import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { connectCredentials, connectDevice } from '../../gateway/testing/device-client.ts';
import { startTestHall, type TestHall } from '../../gateway/testing-hall.ts';
import { deriveKeys, signEvaluation } from '../../protocol/keys.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { mosquittoPublish } from './mosquitto.ts';

const need = needs('mosquitto_pub');
let hall: TestHall;
let own: DeviceIdentity;
let other: DeviceIdentity;
const port = () => hall.gateway.addresses.mqtt.port;
const topic = (device: string, kind: string) => `pingjia/1/test-hall/${device}/${kind}`;
const wireErrors = async () =>
  (await hall.call('GET', '/v1/status')).body.wireErrors as Record<string, number>;
const presses = () => {
  const database = new Database(join(hall.config.dataFolder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare('SELECT seq, level FROM press ORDER BY seq').all();
  } finally {
    database.close();
  }
};
const record = (seq: number, level = 4) => {
  const keys = deriveKeys({ key: Buffer.from(own.key, 'hex'), deviceHandle: own.handle, gen: own.gen });
  const fields = {
    kind: 1 as const,
    seq,
    boot: 1,
    uptime: 5,
    wall: 0,
    level,
    reasons: [],
    invitation: '0'.repeat(16),
    staff: '0'.repeat(16),
    flags: 1,
    gen: 1,
  };
  return signEvaluation(keys, own.handle, fields);
};
const publish = async (conn: number, sent: { topic?: string; payload: string; password?: string }) => {
  const login = await connectCredentials({ identity: own, port: port(), boot: 1, conn });
  const ok = await mosquittoPublish({ port: port(), topic: topic('dev-a', 'evaluation'), ...login, ...sent });
  return { ok, login };
};

beforeEach(async () => {
  hall = await startTestHall();
  own = await hall.register('dev-a', 'a01');
  other = await hall.register('dev-b', 'a02');
});
afterEach(() => hall.end());

describe.skipIf(need.skip)(need.title('a stranger with mosquitto_pub'), () => {
  it('who has the identity of an evaluator can publish a valid evaluation, once', async () => {
    const { ok } = await publish(1, { payload: JSON.stringify(record(1)) });
    expect(ok).toBe(true);
    expect(presses()).toEqual([{ seq: 1, level: 4 }]);
    expect((await publish(2, { payload: JSON.stringify(record(1)) })).ok).toBe(true);
    expect(presses()).toHaveLength(1);
  });

  it('with a wrong password gets no connection', async () => {
    const login = await connectCredentials({ identity: own, port: port(), boot: 1, conn: 1 });
    const wrong = login.password.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const password of [wrong, 'secret', '']) {
      expect(
        await mosquittoPublish({
          port: port(),
          topic: topic('dev-a', 'evaluation'),
          payload: '{}',
          ...login,
          password,
        }),
      ).toBe(false);
    }
    expect(await wireErrors()).toMatchObject({ 'connect.wrong-proof': 1, 'connect.malformed': 2 });
  });

  it('with a copy of an earlier connect gets no connection, also after a restart', async () => {
    const { login } = await publish(1, { payload: JSON.stringify(record(1)) });
    const replay = () =>
      mosquittoPublish({
        port: port(),
        topic: topic('dev-a', 'evaluation'),
        payload: JSON.stringify(record(2)),
        ...login,
      });
    expect(await replay()).toBe(false);
    await hall.restart();
    expect(await replay()).toBe(false);
    expect(presses()).toHaveLength(1);
    expect(await wireErrors()).toMatchObject({ 'connect.replayed': 1 });
  });

  it('cannot publish on the topics of another evaluator, upward or downward, nor a retained or foreign one', async () => {
    const foreign = [
      topic('dev-b', 'evaluation'),
      topic('dev-b', 'ack'),
      topic('dev-b', 'card'),
      topic('dev-a', 'card'),
      'other/topic',
      '$SYS/x',
    ];
    let conn = 0;
    const listener = await connectDevice({ identity: other, port: port(), boot: 1, conn: 1 });
    for (const target of foreign) {
      conn += 1;
      expect((await publish(conn, { topic: target, payload: JSON.stringify(record(1)) })).ok, target).toBe(
        false,
      );
    }
    expect(listener.received).toEqual([]);
    expect((await wireErrors())['topic.not-own']).toBe(foreign.length);
    expect(presses()).toEqual([]);
    await listener.end();
  });

  it('leaves nothing but a trace in quarantine when the record is not rightly signed', async () => {
    const payload = JSON.stringify({ ...record(1), level: 5 });
    expect((await publish(1, { payload })).ok).toBe(true);
    expect(presses()).toEqual([]);
    expect((await wireErrors())['evaluation.signature']).toBe(1);
    expect((await publish(2, { payload: JSON.stringify(record(1)) })).ok).toBe(true);
    expect(presses()).toEqual([{ seq: 1, level: 4 }]);
  });
});

describe('what an evaluator may not send', () => {
  it('is refused under its code, never stored as an evaluation, and the next record still arrives', async () => {
    const device = await connectDevice({ identity: own, port: port(), boot: 1, conn: 1 });
    await device.publish('evaluation', 'not json');
    await device.publish('evaluation', '{"seq":1}');
    await device.publish('evaluation', JSON.stringify({ ...device.sign({ seq: 1 }), extra: 1 }));
    await device.publish('hello', `${'0'.repeat(32)}{}`);
    await device.sayHello();
    await device.sayHello({ n: 1 });
    await device.sendRecord(device.sign({ seq: 1 }));
    await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 1);
    expect(await wireErrors()).toMatchObject({
      'payload.not-json': 1,
      'payload.schema': 2,
      'payload.mac': 1,
      'payload.counter': 1,
    });
    expect(presses()).toHaveLength(1);
    await device.end();
  });

  it.each([
    ['a little too long', 1025],
    ['far too long', 200_000],
  ])('ends its connection when a payload is %s', async (_title, bytes) => {
    const device = await connectDevice({ identity: own, port: port(), boot: 1, conn: 1 });
    const closed = new Promise<void>((resolve) => device.mqtt.once('close', () => resolve()));
    device.publish('evaluation', 'x'.repeat(bytes)).catch(() => undefined);
    await closed;
    expect((await wireErrors())['payload.too-large']).toBe(1);
  });

  it('gets no connection with an unknown id, a revoked key, another hall or an old nonce', async () => {
    const refused = async (identity: DeviceIdentity, code: string) => {
      await expect(connectDevice({ identity, port: port(), boot: 1, conn: 1 }), code).rejects.toThrow();
      expect((await wireErrors())[code], code).toBe(1);
    };
    await refused({ ...own, device: 'nobody' }, 'connect.unknown-device');
    const login = await connectCredentials({ identity: own, port: port(), boot: 1, conn: 1 });
    await hall.restart();
    if (!need.skip) {
      expect(
        await mosquittoPublish({
          port: port(),
          topic: topic('dev-a', 'evaluation'),
          payload: '{}',
          ...login,
        }),
      ).toBe(false);
      expect((await wireErrors())['connect.nonce']).toBe(1);
    }
    await refused({ ...own, gen: 2 }, 'connect.revoked');
  });

  it('is told the whole truth of its journal: what is here is acknowledged, what is lost is listed', async () => {
    const device = await connectDevice({ identity: own, port: port(), boot: 1, conn: 1 });
    await device.sayHello({ oldest: 3, next: 5 });
    await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 2);
    await device.sendRecord(device.sign({ seq: 4 }));
    expect(
      device.received.filter(({ kind, message }) => kind === 'ack' && (message.upTo as number) > 2),
    ).toEqual([]);
    await device.sendRecord(device.sign({ seq: 3 }));
    await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 4);
    await device.end();
  });
});
