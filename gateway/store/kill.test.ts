// The real program, killed with SIGKILL while evaluators send as fast as they can. What it acknowledged must be in
// the database afterwards, once; process death only, a power cut is more.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { createMasterKeyFile, loadMasterKeys } from '../fleet/master-key.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { openDeviceDatabase } from '../fleet-access.ts';
import { connectDevice, type DeviceClient } from '../testing/device-client.ts';
import { firstBrokenFact } from './chain.ts';
import { DATABASE_FILE } from './open-database.ts';

/** Hundreds in the long proofs. */
const ROUNDS = Number(process.env.PROOF_KILL_ROUNDS ?? 4);
const ROUND_LIMIT_MS = 15_000;
const DEVICES = 4;
const IN_FLIGHT = 16;
const READY_LIMIT_MS = 20_000;
const program = fileURLToPath(new URL('../../bin/pingjia.js', import.meta.url));

let folder: string;
let configFile: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-kill-'));
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  configFile = join(folder, 'pingjia.yaml');
  writeFileSync(
    configFile,
    'hall: { id: test-hall, name: 测试 }\ndataFolder: data\nmasterKeyFile: secrets/master.key\nbroker: { host: 127.0.0.1, port: 0 }\nhttp: { host: 127.0.0.1, port: 0 }\nlog: { level: silent }\n',
  );
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<number> {
  const started = spawn(process.execPath, [program, 'gateway', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('the gateway did not get ready')), READY_LIMIT_MS);
    started.once('exit', (code) =>
      reject(new Error(`the gateway ended with code ${code} before it was ready`)),
    );
    let text = '';
    started.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /^ready mqtt:\/\/[^:]+:(\d+)/m.exec(text)?.[1];
      if (!port) return;
      clearTimeout(limit);
      resolve(Number(port));
    });
  });
}

async function register(): Promise<DeviceIdentity[]> {
  const loaded = loadConfig({ file: configFile, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const devices = await openDeviceDatabase(loaded.config);
  const made: DeviceIdentity[] = [];
  for (let index = 0; index < DEVICES; index += 1) {
    const identity = await devices.registry.register({
      id: `d${index}`,
      hall: 'test-hall',
      window: undefined,
    });
    if ('code' in identity) throw new Error(identity.code);
    made.push(identity);
  }
  await devices.close();
  return made;
}

/** Sends records from `next` on until the connection breaks; tells which were acknowledged. */
async function sendUntilKilled(
  device: DeviceClient,
  next: { seq: number },
  onAcknowledged: (seq: number) => void,
) {
  const lane = async () => {
    while (device.mqtt.connected) {
      const seq = next.seq;
      next.seq += 1;
      await device.sendRecord(device.sign({ seq, boot: 1, level: 1 + (seq % 5) }));
      onAcknowledged(seq);
    }
  };
  await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane));
}

describe('a gateway that is killed under load', () => {
  it(
    `has every record it acknowledged, once, after each of ${ROUNDS} kills`,
    async () => {
      const identities = await register();
      const next = identities.map(() => ({ seq: 1 }));
      const acknowledged = identities.map(() => new Set<number>());
      for (let round = 1; round <= ROUNDS; round += 1) {
        const port = await start();
        const devices = await Promise.all(
          identities.map((identity) => connectDevice({ identity, port, boot: round, conn: 1 })),
        );
        const killed = new Promise((resolve) => child!.once('exit', resolve));
        let left = 137 + ((round * 211) % 900);
        const sending = devices.map((device, index) =>
          sendUntilKilled(device, next[index]!, (seq) => {
            acknowledged[index]!.add(seq);
            left -= 1;
            if (left === 0) child!.kill('SIGKILL');
          }),
        );
        await killed;
        await Promise.all(devices.map((device) => device.end()));
        await Promise.all(sending);
        for (const [index, device] of devices.entries()) {
          const upTo = device.received
            .filter(({ kind }) => kind === 'ack')
            .map(({ message }) => Number(message.upTo));
          for (let seq = 1; seq <= Math.max(0, ...upTo); seq += 1) acknowledged[index]!.add(seq);
        }
        checkDatabase(identities, acknowledged);
      }
    },
    60_000 + ROUNDS * ROUND_LIMIT_MS,
  );
});

function checkDatabase(identities: DeviceIdentity[], acknowledged: Set<number>[]): void {
  const database = new Database(join(folder, 'data', DATABASE_FILE));
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(
    firstBrokenFact(database, loadMasterKeys(join(folder, 'secrets', 'master.key')).chain),
  ).toBeUndefined();
  for (const [index, { device }] of identities.entries()) {
    const stored = database
      .prepare('SELECT p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE d.id = ?')
      .pluck()
      .all(device) as number[];
    expect(new Set(stored).size).toBe(stored.length);
    expect([...acknowledged[index]!].filter((seq) => !stored.includes(seq))).toEqual([]);
  }
  database.close();
}
