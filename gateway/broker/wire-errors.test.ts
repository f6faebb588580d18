import { createHmac } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WIRE_ERRORS, type WireErrorCode } from '../../protocol/errors.ts';
import { makeConnectPassword, sealEnvelope } from '../../protocol/keys.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { openDeviceDatabase } from '../fleet-access.ts';
import { askNonce, connectCredentials, type DeviceClient } from '../testing/device-client.ts';
import { SAMPLE_HEALTH } from '../testing/sample-health.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';

const NOT_AUTHORIZED = 5;
let hall: TestHall;
let identity: DeviceIdentity;
let other: DeviceIdentity;
let boots = 100;
const provoked = new Set<WireErrorCode>();

beforeAll(async () => {
  hall = await startTestHall();
  identity = await hall.register('a01', 'a01');
  other = await hall.register('a02', 'a02');
});
afterAll(() => hall.end());

const port = () => hall.gateway.addresses.mqtt.port;
const counted = async (code: WireErrorCode) => {
  const { body } = await hall.call('GET', '/v1/status');
  return (body.wireErrors as Record<string, number>)[code] ?? 0;
};
/** Runs something, and expects that the code was counted for it. */
const expectCounted = async (code: WireErrorCode, run: () => Promise<unknown>) => {
  provoked.add(code);
  const before = await counted(code);
  await run();
  await expect.poll(() => counted(code)).toBe(before + 1);
};
const credentials = (boot = ++boots) => connectCredentials({ identity, port: port(), boot, conn: 1 });
/** The return code of CONNACK; 0 if the connection was accepted. */
const connackOf = async (options: IClientOptions): Promise<number> => {
  const given = { clean: true, keepalive: 30, reconnectPeriod: 0, ...options };
  try {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port()}`, given, false);
    await client.endAsync(true);
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
};
const expectRefused = async (code: WireErrorCode, options: IClientOptions) =>
  expectCounted(code, async () => expect(await connackOf(options)).toBe(NOT_AUTHORIZED));
const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()));
const withDevice = async (run: (device: DeviceClient) => Promise<void>) => {
  const device = await hall.connect(identity, { boot: ++boots });
  try {
    await run(device);
  } finally {
    await device.end();
  }
};

describe('what the gateway refuses on the wire', () => {
  it('lets an evaluator with its own identity in', async () => {
    const { clientId, username, password } = await credentials();
    expect(await connackOf({ clientId, username, password })).toBe(0);
  });

  it('refuses what is not the connect of an evaluator, a session that would stay, and one without keep-alive', async () => {
    const { clientId, username, password } = await credentials();
    for (const wrong of [
      { clientId: 'pj-test-hall-a02' },
      { username: 'a01' },
      { password: 'secret' },
      { clean: false },
      { keepalive: 0 },
    ]) {
      await expectRefused('connect.malformed', { clientId, username, password, ...wrong });
    }
  });

  it('refuses a device nobody registered, and one of another hall', async () => {
    const { password } = await credentials();
    for (const [id, name] of [
      ['test-hall', 'nobody'],
      ['other-hall', 'a01'],
    ]) {
      const options = { clientId: `pj-${id}-${name}`, username: `${id}.${name}`, password };
      await expectRefused('connect.unknown-device', options);
    }
  });

  it('refuses a revoked device', async () => {
    const lost = await hall.register('lost', 'a03');
    const devices = await openDeviceDatabase(hall.config);
    await devices.registry.revoke('lost');
    await devices.close();
    const { clientId, username, password } = await connectCredentials({
      identity: lost,
      port: port(),
      boot: 1,
      conn: 1,
    });
    await expectRefused('connect.revoked', { clientId, username, password });
  });

  it('refuses the proof of another key', async () => {
    const { clientId, username } = await credentials();
    const { password } = await connectCredentials({ identity: other, port: port(), boot: ++boots, conn: 1 });
    await expectRefused('connect.wrong-proof', { clientId, username, password });
  });

  it('refuses a copy of an earlier connect, also after a restart of the gateway', async () => {
    const { clientId, username, password } = await credentials();
    expect(await connackOf({ clientId, username, password })).toBe(0);
    await expectRefused('connect.replayed', { clientId, username, password });
    await hall.restart();
    await expectRefused('connect.replayed', { clientId, username, password });
  });

  it('takes a nonce once, only from the device it was given to, and only its own', async () => {
    const { clientId, username, password, nonce, keys } = await credentials();
    expect(await connackOf({ clientId, username, password })).toBe(0);
    const foreign = await askNonce({ port: port(), hall: identity.hall, device: 'a02' });
    for (const wrong of [nonce, foreign, '00'.repeat(16)]) {
      const numbers = { deviceHandle: identity.handle, boot: ++boots, conn: 1, nonce: wrong };
      const again = makeConnectPassword(keys, identity.gen, numbers);
      await expectRefused('connect.nonce', { clientId, username, password: again });
    }
  });

  it('closes the connection of a device that publishes or subscribes where it may not, or retains', async () => {
    const foreign = topicOf(other, 'evaluation');
    const attempts: ((client: MqttClient) => unknown)[] = [
      (client) => client.publish(foreign, '{}', { qos: 1 }),
      (client) => client.publish(topicOf(identity, 'ack'), '{}', { qos: 1 }),
      (client) => client.publish(topicOf(other, 'ack'), '{}', { qos: 1 }),
      (client) => client.publish('$SYS/x', '{}', { qos: 0 }),
      (client) => client.publish(topicOf(identity, 'health'), '{}', { qos: 1, retain: true }),
      (client) => client.publish(topicOf(identity, 'health'), '{}', { qos: 2 }),
      (client) => client.subscribe(topicOf(other, 'card'), { qos: 1 }),
      (client) => client.subscribe('pingjia/1/test-hall/+/card', { qos: 1 }),
      (client) => client.subscribe('#', { qos: 0 }),
      (client) => client.subscribe(topicOf(identity, 'evaluation'), { qos: 1 }),
    ];
    for (const attempt of attempts) {
      await expectCounted('topic.not-own', () =>
        withDevice(async ({ mqtt: client }) => {
          const end = closed(client);
          attempt(client);
          await end;
        }),
      );
    }
  });

  it('refuses a will on a topic of another device', async () => {
    const { clientId, username, password } = await credentials();
    const will = { topic: topicOf(other, 'will'), payload: Buffer.from('{}'), qos: 1 as const };
    await expectRefused('topic.not-own', { clientId, username, password, will });
  });

  it('closes the connection at a payload longer than the limit, before it has read a giant one', async () => {
    for (const bytes of [1025, 1_000_000]) {
      await expectCounted('payload.too-large', () =>
        withDevice(async ({ mqtt: client }) => {
          const end = closed(client);
          client.publish(topicOf(identity, 'evaluation'), Buffer.alloc(bytes, 0x20), { qos: 1 });
          await end;
        }),
      );
    }
  });

  it('closes a connection that announces 256 MB before anything else', async () => {
    await expectCounted('payload.too-large', async () => {
      const socket = connectTcp(port(), '127.0.0.1');
      const end = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => undefined);
      socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
      await end;
    });
  });

  it('drops a forged, malformed or repeated message and keeps the connection', async () => {
    await withDevice(async (device) => {
      await device.sayHello();
      const health = { ...SAMPLE_HEALTH, uptime: 5 };
      const { up } = device.session;
      const wrong: [WireErrorCode, string][] = [
        ['payload.mac', sealEnvelope(Buffer.alloc(32), 'health', { n: 5, ...health })],
        ['payload.mac', sealEnvelope(up, 'hello', { n: 5, ...health })],
        ['payload.mac', 'nothing'],
        ['payload.not-json', sealText(up, 'health', '{"n":')],
        ['payload.schema', sealEnvelope(up, 'health', { n: 5 })],
        ['payload.schema', sealEnvelope(up, 'health', { n: 5, ...health, extra: 1 })],
        ['payload.counter', sealEnvelope(up, 'health', { n: 1, ...health })],
      ];
      for (const [code, payload] of wrong) {
        await expectCounted(code, () => device.publish('health', payload));
      }
      await device.publish('health', sealEnvelope(up, 'health', { n: 6, ...health, uptime: 4711 }));
      await device.waitFor(({ kind, message }) => kind === 'time' && message.echo === 4711);
    });
  });

  it('keeps a record in quarantine whose signature is wrong or whose sequence holds another one', async () => {
    await withDevice(async (device) => {
      const good = device.sign({ seq: 1, level: 5 });
      await expectCounted('evaluation.signature', () => device.sendRecord({ ...good, level: 1 }));
      await device.sendRecord(good);
      await expectCounted('evaluation.different', () => device.sendRecord(device.sign({ seq: 1, level: 2 })));
      const list = await hall.call('GET', '/v1/evaluations');
      expect(list.body.evaluations).toEqual([expect.objectContaining({ seq: 1, level: 5 })]);
    });
  });

  it('has been seen to refuse for every reason of the table', () => {
    expect([...provoked].sort()).toEqual(WIRE_ERRORS.map(({ code }) => code).sort());
  });
});

/** An envelope around what is no JSON. */
function sealText(key: Buffer, kind: string, text: string): string {
  return createHmac('sha256', key).update(`${kind}\n${text}`).digest('hex').slice(0, 32) + text;
}
