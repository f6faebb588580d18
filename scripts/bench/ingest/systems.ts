// The programs that are measured, each a process of its own, started once: the gateway itself with evaluators
// registered in its database, the references, Mosquitto, and the sink that shows the load generator's own limit.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { loadConfig } from '../../../gateway/config/load.ts';
import { createMasterKeyFile } from '../../../gateway/fleet/master-key.ts';
import type { DeviceIdentity } from '../../../gateway/fleet/registry.ts';
import { openDeviceDatabase } from '../../../gateway/fleet-access.ts';
import { DATABASE_FILE } from '../../../gateway/store/open-database.ts';
import { freeTcpPort } from '../../../gateway/testing/free-ports.ts';
import { answersNow } from '../../../simulator/net/port-answers.ts';
import { type InvitedRange, inviteAll } from './invitations.ts';
import { FIRST_PRESS_MS } from './prepared-records.ts';

const READY_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 20;
const STOP_LIMIT_MS = 10_000;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface System {
  name: string;
  pid: number;
  port: number;
  withProof: boolean;
  /** Rows in its database; undefined where nothing is stored. */
  rows(): number | undefined;
  /** Records it may get in the next run. */
  prepare(ranges: InvitedRange[]): void;
  stop(): Promise<void>;
}

/** Resolves with the port that the pattern's first group finds in what the program prints. */
export function startProgram(command: string, words: string[], ready: RegExp) {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = new Promise<number>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${command} did not get ready`)), READY_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with code ${code}`)));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = ready.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(limit);
      resolve(Number(found));
    });
  });
  return { child, port };
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(limit);
}

const nothing = () => undefined;

const countRows = (file: string, table: string) => () => {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  } finally {
    database.close();
  }
};

async function startTypeScript(file: string, words: string[]) {
  const { child, port } = startProgram(
    process.execPath,
    ['--import', 'tsx', file, ...words],
    /^ready (\d+)/m,
  );
  return {
    port: await port,
    pid: child.pid!,
    withProof: false,
    prepare: nothing,
    stop: () => stopProgram(child),
  };
}

export async function startReference(mode: 'naive' | 'group', folder: string): Promise<System> {
  const started = await startTypeScript(path('reference.ts'), [mode, folder]);
  return { ...started, name: `reference-${mode}`, rows: countRows(join(folder, `${mode}.sqlite`), 'record') };
}

/** Of the load generator: how fast it is when nothing but PUBACKs have to be made. */
export async function startSink(program: string): Promise<System> {
  const { child, port } = startProgram(program, ['sink'], /^ready (\d+)/m);
  const stop = () => stopProgram(child);
  return {
    name: 'sink',
    port: await port,
    pid: child.pid!,
    withProof: false,
    rows: nothing,
    prepare: nothing,
    stop,
  };
}

export async function startMosquitto(folder: string): Promise<System> {
  const port = await freeTcpPort();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n`,
  );
  const child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
  const endMs = performance.now() + READY_LIMIT_MS;
  while (!(await answersNow(port))) {
    if (performance.now() > endMs || child.exitCode !== null) throw new Error('mosquitto did not start');
    await delay(LOOK_EVERY_MS);
  }
  const stop = () => stopProgram(child);
  return {
    name: 'mosquitto',
    port,
    pid: child.pid!,
    withProof: false,
    rows: nothing,
    prepare: nothing,
    stop,
  };
}

export interface GatewayFolder {
  configFile: string;
  dataFolder: string;
  identities: DeviceIdentity[];
}

/** A hall's folder with a master key, a configuration and evaluators `d0`, `d1` … in its database. */
export async function makeGatewayFolder(folder: string, devices: number): Promise<GatewayFolder> {
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  const configFile = join(folder, 'pingjia.yaml');
  writeFileSync(
    configFile,
    'hall: { id: test-hall, name: 测试 }\ndataFolder: data\nmasterKeyFile: secrets/master.key\nbroker: { host: 127.0.0.1, port: 0 }\nhttp: { host: 127.0.0.1, port: 0 }\nlog: { level: warn }\n',
  );
  const loaded = loadConfig({ file: configFile, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const access = await openDeviceDatabase(loaded.config);
  const ids = Array.from({ length: devices }, (_, index) => `d${index}`);
  const made = await Promise.all(
    ids.map((id) => access.registry.register({ id, hall: 'test-hall', window: undefined })),
  );
  await access.close();
  const identities = made.flatMap((identity) => ('code' in identity ? [] : [identity]));
  return { configFile, dataFolder: loaded.config.dataFolder, identities };
}

export async function startGatewayProgram({ configFile, dataFolder }: GatewayFolder): Promise<System> {
  const { child, port } = startProgram(
    process.execPath,
    [path('../../../bin/pingjia.js'), 'gateway', '--config', configFile],
    /^ready mqtt:\/\/[^:]+:(\d+)/m,
  );
  return {
    name: 'pingjia',
    port: await port,
    pid: child.pid!,
    withProof: true,
    // Each press counts for its service, and has its row for upstream.
    rows: countRows(join(dataFolder, DATABASE_FILE), 'outbox_row o JOIN press p ON p.id = o.press'),
    prepare: (ranges) => inviteAll(dataFolder, ranges, FIRST_PRESS_MS),
    stop: () => stopProgram(child),
  };
}
