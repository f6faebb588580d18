// A real gateway for tests: temporary folder, free ports, a key, evaluators registered beside it; only its pictures are
// plain unless a test brings `openScreens`. Everything it made is gone after `end`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Gateway, type GatewayPorts, startGateway } from './compose.ts';
import { completeConfig, type GatewayConfig } from './config/load.ts';
import { Settings } from './config/schema.ts';
import { createMasterKeyFile } from './fleet/master-key.ts';
import { type DeviceIdentity, makeRegistry } from './fleet/registry.ts';
import { makeApiKey } from './http/keys.ts';
import { realClock } from './real-clock.ts';
import { connectDevice, type DeviceClient } from './testing/device-client.ts';
import { inDatabase } from './testing/in-database.ts';
import { openPlainScreens } from './testing/plain-screens.ts';

export interface TestAnswer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export interface CallOptions {
  body?: unknown;
  idempotencyKey?: string;
  headers?: Record<string, string>;
}

export interface TestHall {
  readonly config: GatewayConfig;
  readonly folder: string;
  readonly gateway: Gateway;
  readonly key: string;
  /** Of a system that may read persons. */
  readonly readingKey: string;
  /** Stops the gateway, if it runs, and starts it on the same folder. */
  restart(): Promise<void>;
  register(id: string, window: string): Promise<DeviceIdentity>;
  connect(identity: DeviceIdentity, numbers?: { boot?: number; conn?: number }): Promise<DeviceClient>;
  call(method: string, path: string, options?: CallOptions): Promise<TestAnswer>;
  end(): Promise<void>;
}

export async function startTestHall(
  settings: object = {},
  ports: GatewayPorts = {},
  /** Keys beside the hall's own, which may do everything. */
  furtherKeys: readonly object[] = [],
): Promise<TestHall> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-hall-'));
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  const { key, keySha256 } = makeApiKey();
  const reading = makeApiKey();
  const keys = [
    { name: 'test', keySha256 },
    { name: 'supervisor', keySha256: reading.keySha256, scopes: ['person:read'] },
    ...furtherKeys,
  ];
  const config = testConfig(folder, { ...settings, keys });
  const start = () =>
    startGateway(config, {
      logger: pino({ level: 'silent' }),
      openScreens: openPlainScreens,
      ...ports,
    });
  let gateway = await start();
  let boots = 0;
  const clients: DeviceClient[] = [];
  return {
    config,
    folder,
    key,
    readingKey: reading.key,
    get gateway() {
      return gateway;
    },
    async restart() {
      await gateway.stop();
      gateway = await start();
    },
    async register(id, window) {
      const made = await inDatabase(config, ({ writer, reader, masterKeys }) =>
        makeRegistry({
          writer,
          reader,
          clock: ports.clock ?? realClock,
          sealKey: masterKeys.seal,
        }).register({ id, hall: config.hall.id, window }),
      );
      if ('code' in made) throw new Error(made.code);
      return made;
    },
    async connect(identity, numbers = {}) {
      boots += 1;
      const { port } = gateway.addresses.mqtt;
      const client = await connectDevice({ identity, port, boot: boots, conn: 1, ...numbers });
      clients.push(client);
      return client;
    },
    async call(method, path, { body, idempotencyKey, headers } = {}) {
      const response = await fetch(new URL(path, gateway.addresses.http.url), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      return { status: response.status, body: answer, headers: response.headers };
    },
    async end() {
      await Promise.all(clients.map((client) => client.end()));
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function testConfig(
  folder: string,
  { keys, http, ...settings }: { keys: object[]; http?: object },
): GatewayConfig {
  const parsed = Settings.parse({
    hall: { id: 'test-hall', name: '测试大厅' },
    dataFolder: 'data',
    masterKeyFile: 'secrets/master.key',
    broker: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0, apiKeys: keys, ...http },
    windows: [
      { id: 'a01', label: 'A01 综合' },
      { id: 'a02', label: 'A02 社保' },
      { id: 'a03', label: 'A03 户政' },
    ],
    ...settings,
  });
  const result = completeConfig(parsed, folder);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

export const TEST_STAFF = { badgeId: 'A1023', name: '张三' };

/** A case with services 1 to `services`, put over the API. */
export async function putCase(hall: TestHall, projectNo: string, services = 1): Promise<void> {
  const put = async (path: string, body: object) => {
    const answer = await hall.call('PUT', path, { body });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  };
  await put(`/v1/cases/${projectNo}`, {
    taskCode: '1123100000000000014000118004001',
    taskName: '不动产转移登记',
  });
  for (let assessNumber = 1; assessNumber <= services; assessNumber++) {
    await put(`/v1/cases/${projectNo}/services/${assessNumber}`, {
      serviceName: '受理',
      servedAt: '2026-02-13T09:30:00+08:00',
      staff: TEST_STAFF,
      window: 'a01',
    });
  }
}
