import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import mqtt, { type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJournalImage } from '../../device/flash/journal-format.ts';
import { runCommandLine } from '../../gateway/cli/program.ts';
import { type Gateway, startGateway } from '../../gateway/compose.ts';
import { type GatewayConfig, loadConfig } from '../../gateway/config/load.ts';
import { createMasterKeyFile } from '../../gateway/fleet/master-key.ts';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { openDeviceDatabase } from '../../gateway/fleet-access.ts';
import { makeApiKey } from '../../gateway/http/keys.ts';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { askNonce } from '../../gateway/testing/device-client.ts';
import { freeTcpAndUdpPort, freeTcpPort } from '../../gateway/testing/free-ports.ts';
import { deriveKeys, deriveSessionKeys, sealEnvelope } from '../../protocol/keys.ts';
import { topicOf } from '../../protocol/topics.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { writeRawFlash } from '../engines/flash-image.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { makeRealBroker, type RealBroker } from './real-broker.ts';

const WAIT = { timeout: 90_000, interval: 10 };
/** More in the long proofs, and the gateway stopped in the middle as well. */
const RECORDS = Number(process.env.PROOF_BROKER_RECORDS ?? 50);
const alsoGateway = process.env.PROOF_BROKER_RECORDS !== undefined;
const { key: apiKey, keySha256 } = makeApiKey();

let folder: string;
let port: number;
let configFile: string;
let config: GatewayConfig;
let gateway: Gateway;
let broker: RealBroker;
let evaluator: DeviceIdentity;
let other: DeviceIdentity;
let engine: NodeEngine | undefined;
const clients: MqttClient[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'external-broker-'));
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  writeFileSync(join(folder, 'secrets', 'broker'), 'a password of the gateway\n');
  port = await freeTcpAndUdpPort();
  configFile = join(folder, 'pingjia.yaml');
  writeFileSync(
    configFile,
    `hall: { id: hall, name: 测试大厅 }
dataFolder: data
masterKeyFile: secrets/master.key
broker:
  host: 127.0.0.1
  port: ${port}
  external: { url: "mqtt://127.0.0.1:${port}", passwordFile: secrets/broker }
http: { host: 127.0.0.1, port: 0, apiKeys: [{ name: test, keySha256: ${keySha256} }] }
windows: [{ id: a01, label: A01 }, { id: a02, label: A02 }]
`,
  );
  const loaded = loadConfig({ file: configFile, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  config = loaded.config;
  const devices = await openDeviceDatabase(config);
  const register = async (id: string) => {
    const made = await devices.registry.register({ id, hall: 'hall', window: id });
    if ('code' in made) throw new Error(made.code);
    return made;
  };
  evaluator = await register('a01');
  other = await register('a02');
  await devices.close();
});
afterEach(async () => {
  await engine?.powerOff();
  engine = undefined;
  for (const client of clients.splice(0)) await client.endAsync(true);
  await gateway?.stop();
  await broker?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const startAll = async (brokerOf: () => RealBroker, kind: 'mosquitto' | 'nats') => {
  const said: string[] = [];
  const world = {
    environment: {},
    out: (line: string) => said.push(line),
    err: (line: string) => said.push(line),
    stopRequested: () => Promise.resolve(),
  };
  const words = [
    'broker',
    'export',
    kind,
    '--to',
    join(folder, 'rules'),
    '--port',
    String(port),
    '--config',
    configFile,
  ];
  expect(await runCommandLine(words, world), said.join('\n')).toBe(0);
  broker = brokerOf();
  await broker.start();
  await startGatewayHere();
};
const startGatewayHere = async () => {
  gateway = await startGateway(config, { logger: pino({ level: 'silent' }) });
};
const mosquitto = () => {
  const file = join(folder, 'mosquitto.conf');
  // As root it would change to an account that cannot read the folder of this test.
  const own = `user ${userInfo().username}\npersistence_location ${folder}/\n`;
  writeFileSync(file, `${own}include_dir ${folder}/rules\n`);
  return makeRealBroker({ program: 'mosquitto', args: ['-c', file], port });
};
const nats = (clientPort: number) => {
  const file = join(folder, 'nats.conf');
  writeFileSync(
    file,
    `server_name: hall\nlisten: "127.0.0.1:${clientPort}"\njetstream { store_dir: "${folder}/jetstream" }\ninclude ./rules/pingjia-mqtt.conf\n`,
  );
  return makeRealBroker({ program: 'nats-server', args: ['-c', file], port });
};

const switchOn = async (records: number) => {
  const deviceFolder = join(folder, 'device');
  const flash = prepareFlash({ ...evaluator, records, acked: 0 }, LINUX);
  const path = join(deviceFolder, 'flash.bin');
  for (const part of [flash.journal, flash.identity])
    writeRawFlash({ path, geometry: LINUX }, part.offset, part.data);
  engine = new NodeEngine({
    folder: deviceFolder,
    firmware: await loadFirmwareImage('linux'),
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify({ gateway: '127.0.0.1', port, external: true })) },
  });
  await engine.powerOn();
};
const ask = <T>(sql: string): T => {
  const database = new Database(join(config.dataFolder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare(sql).pluck().get() as T;
  } finally {
    database.close();
  }
};
const stored = () => ask<number>('SELECT count(*) FROM press');
const wireErrors = async () => {
  const headers = { authorization: `Bearer ${apiKey}` };
  const answer = await fetch(new URL('/v1/status', gateway.addresses.http.url), { headers });
  return ((await answer.json()) as { wireErrors: Record<string, number> }).wireErrors;
};
const passwordOf = ({ key, handle, gen }: DeviceIdentity) =>
  deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen }).broker.toString('hex');

async function survives(): Promise<void> {
  await switchOn(RECORDS);
  await vi.waitFor(() => expect(stored()).toBeGreaterThan(5), WAIT);
  await broker.kill();
  const whenKilled = stored();
  expect(whenKilled).toBeLessThan(RECORDS);
  await broker.start();
  await vi.waitFor(() => expect(stored()).toBeGreaterThan(whenKilled), WAIT);
  if (alsoGateway) {
    await gateway.stop();
    await startGatewayHere();
  }
  await vi.waitFor(() => expect(ask('SELECT up_to FROM received')).toBe(RECORDS), WAIT);
  expect([stored(), ask('SELECT count(DISTINCT seq) FROM press')]).toEqual([RECORDS, RECORDS]);
  expect(ask('SELECT count(*) FROM quarantine')).toBe(0);
}
const journal = () => {
  const { offset, bytes } = LINUX.journal;
  const image = readFileSync(join(folder, 'device', 'flash.bin')).subarray(offset, offset + bytes);
  return readJournalImage(image, LINUX.pageBytes);
};

const needMosquitto = needs('mosquitto');
describe.skipIf(needMosquitto.skip)(needMosquitto.title('behind a real Mosquitto'), () => {
  it('every press is stored once, though the broker is killed in the middle, and then freed', {
    timeout: 180_000,
  }, async () => {
    await startAll(mosquitto, 'mosquitto');
    await survives();
    await vi.waitFor(() => expect(journal().acked).toBe(RECORDS), WAIT);
  });

  it('an evaluator reaches its own topics only, and a hello that proves nothing is refused by its code', {
    timeout: 60_000,
  }, async () => {
    await startAll(mosquitto, 'mosquitto');
    const stranger = mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 }, false);
    await expect(stranger).rejects.toThrow(/[Nn]ot authorized/);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: 'pj-hall-a02',
      username: 'hall.a02',
      password: passwordOf(other),
    });
    clients.push(client);
    const heard: string[] = [];
    client.on('message', (topic) => heard.push(topic));
    await client.subscribeAsync(['pingjia/1/hall/a01/card', topicOf(other, 'time')], { qos: 1 });

    const keys = deriveKeys({ key: Buffer.from(other.key, 'hex'), deviceHandle: other.handle, gen: 1 });
    const hello = (numbers: { boot: number; conn: number; nonce: string }) => ({
      ...{ n: 1, proto: 1, ...numbers, gen: 1, fw: '1', board: 'b', interp: 'i', uptime: 1 },
      ...{ acked: 0, oldest: 1, next: 1, missing: [], clean: true, slot: 'a', update: 'none' },
    });
    const say = async (numbers: { boot: number; conn: number; nonce: string }, under = keys) => {
      const session = deriveSessionKeys(under, { deviceHandle: other.handle, ...numbers });
      const payload = sealEnvelope(session.up, 'hello', hello(numbers));
      await client.publishAsync(topicOf(other, 'hello'), payload, { qos: 1 });
      return payload;
    };
    const code = (name: string, count = 1) =>
      vi.waitFor(async () => expect((await wireErrors())[name]).toBe(count), WAIT);
    const nonceHere = () => askNonce({ port, ...other });
    const foreignKeys = deriveKeys({ key: Buffer.alloc(32, 9), deviceHandle: other.handle, gen: 1 });

    await say({ boot: 1, conn: 1, nonce: await nonceHere() }, foreignKeys);
    await code('connect.wrong-proof');
    await say({ boot: 1, conn: 1, nonce: '0'.repeat(32) });
    await code('connect.nonce');
    const nonce = await nonceHere();
    const right = await say({ boot: 1, conn: 2, nonce });
    await vi.waitFor(() => expect(heard).toContain(topicOf(other, 'time')), WAIT);
    // A copy of it begins nothing, and one with older numbers neither.
    await client.publishAsync(topicOf(other, 'hello'), right, { qos: 1 });
    await code('payload.counter');
    await say({ boot: 1, conn: 1, nonce: await nonceHere() });
    await code('connect.replayed');
    await client.publishAsync(topicOf(evaluator, 'evaluation'), '{}', { qos: 1 });
    // Without proof of the sender a record that cannot be accepted is kept, and frees nothing.
    await client.publishAsync(topicOf(other, 'evaluation'), '{"seq":1}', { qos: 1 });
    await code('payload.schema');
    await vi.waitFor(() => expect(ask('SELECT count(*) FROM quarantine')).toBe(1), WAIT);
    expect(ask('SELECT count(*) FROM received')).toBe(0);
    expect(heard.filter((topic) => topic.includes('a01'))).toEqual([]);
  });
});

const needNats = needs('nats-server');
describe.skipIf(needNats.skip)(needNats.title('behind a real nats-server'), () => {
  it('every press is stored once, though the server is killed in the middle', {
    timeout: 180_000,
  }, async () => {
    const clientPort = await freeTcpPort();
    await startAll(() => nats(clientPort), 'nats');
    await survives();
  });
});
