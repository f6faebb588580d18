// Measures what doctor judges: the machine, the files, the network around it. Changes nothing; a scratch file in the
// data folder is gone afterwards.
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigResult, GatewayConfig } from '../config/load.ts';
import { sentenceOf } from '../config/problems.ts';
import { makeCalendar, unknownYears } from '../core/calendar.ts';
import type { Clock } from '../ports.ts';
import { LOCK_FILE, lockFolder } from '../store/folder-lock.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import { openReader } from '../store/reader.ts';
import type { Facts } from './checks.ts';
import {
  answersTcp,
  clockSynchronised,
  isOpenTo,
  measureDisk,
  measureSync,
  onSameDisk,
  openFilesLimit,
  udpPortTaken,
} from './measure.ts';

const ANSWER_LIMIT_MS = 3000;
const DEFAULT_PORTS: Record<string, number> = {
  'http:': 80,
  'https:': 443,
  'mqtt:': 1883,
  'mqtts:': 8883,
  'nats:': 4222,
  'tls:': 4222,
};

const NOTHING: Facts = {
  configurationProblems: [],
  folder: undefined,
  keyOpenToOthers: false,
  keyOnSameDisk: false,
  personKeysOpenToOthers: false,
  personKeysCopied: true,
  anchored: true,
  disk: undefined,
  syncMs: undefined,
  clockSynchronised: undefined,
  newestFactAheadMs: 0,
  clockHeld: false,
  unknownYears: [],
  asRoot: false,
  openFilesLimit: undefined,
  evaluators: 0,
  gateway: 'stopped',
  alarms: undefined,
  brokerPortTaken: false,
  externalBroker: undefined,
  upstream: [],
};

export interface Machine {
  clock: Clock;
  asRoot: boolean;
}

export async function gatherFacts(loaded: ConfigResult, { clock, asRoot }: Machine): Promise<Facts> {
  const machine = { asRoot, openFilesLimit: openFilesLimit(), clockSynchronised: await clockSynchronised() };
  if (!loaded.ok) return { ...NOTHING, ...machine, configurationProblems: loaded.problems.map(sentenceOf) };
  const { config } = loaded;
  const running = isRunning(config.dataFolder);
  return {
    ...NOTHING,
    ...machine,
    ...filesOf(config, clock),
    ...storedOf(config, clock),
    unknownYears: unknownYears(makeCalendar(config.calendar.overrides), clock.nowMs()),
    gateway: running ? 'running' : 'stopped',
    alarms: running ? await alarmsOf(config) : undefined,
    brokerPortTaken: !running && (await portTaken(config)),
    externalBroker: await externalOf(config),
    upstream: await upstreamOf(config),
  };
}

function isRunning(dataFolder: string): boolean {
  if (!existsSync(join(dataFolder, LOCK_FILE))) return false;
  try {
    const lock = lockFolder(dataFolder);
    lock?.release();
    return lock === undefined;
  } catch {
    return false;
  }
}

function filesOf(config: GatewayConfig, clock: Clock): Partial<Facts> {
  const { dataFolder, masterKeyFile, personKeys } = config;
  const exists = existsSync(dataFolder);
  const writable = exists && isWritable(dataFolder);
  return {
    folder: { exists, writable, openToOthers: isOpenTo(dataFolder, { alsoGroup: false }) },
    keyOpenToOthers: isOpenTo(masterKeyFile, { alsoGroup: true }),
    keyOnSameDisk: onSameDisk(dataFolder, masterKeyFile),
    personKeysOpenToOthers: isOpenTo(personKeys.folder, { alsoGroup: true }),
    personKeysCopied: personKeys.copyFolder !== undefined,
    anchored: config.anchor.file !== undefined,
    disk: exists ? measureDisk(dataFolder, join(dataFolder, DATABASE_FILE)) : undefined,
    syncMs: writable ? measureSync(dataFolder, clock.monotonicMs) : undefined,
  };
}

function storedOf({ dataFolder }: GatewayConfig, clock: Clock): Partial<Facts> {
  if (!existsSync(join(dataFolder, DATABASE_FILE))) return {};
  const reader = openReader(dataFolder);
  try {
    return {
      newestFactAheadMs: Math.max(0, (reader.newestFactMs() ?? 0) - clock.nowMs()),
      clockHeld: reader.clockHold() !== undefined,
      evaluators: reader.devices().filter(({ revokedMs }) => revokedMs === undefined).length,
    };
  } finally {
    reader.close();
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function alarmsOf({ http }: GatewayConfig): Promise<string[] | undefined> {
  try {
    const response = await fetch(`http://${addressOf(http.host)}:${http.port}/readyz`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const { warnings } = (await response.json()) as { warnings?: unknown };
    return Array.isArray(warnings) ? warnings.map(String) : undefined;
  } catch {
    return undefined;
  }
}

async function portTaken({ broker }: GatewayConfig): Promise<boolean> {
  if (broker.port === 0) return false;
  const address = { host: addressOf(broker.host), port: broker.port };
  const tcp = broker.external === undefined && (await answersTcp(address));
  return tcp || (await udpPortTaken({ host: broker.host, port: broker.port }));
}

async function externalOf({ broker }: GatewayConfig): Promise<Facts['externalBroker']> {
  if (!broker.external) return undefined;
  const { url } = broker.external;
  return { url, reachable: await answersTcp(placeOf(url)) };
}

function upstreamOf({ upstream }: GatewayConfig): Promise<Facts['upstream']> {
  const ways = upstream.flatMap((connector) => {
    if (connector.kind !== 'http' && connector.kind !== 'jetstream') return [];
    const addresses = connector.kind === 'jetstream' ? connector.servers : [connector.url];
    return addresses.map((address) => ({
      id: connector.id,
      address,
      jetstream: connector.kind === 'jetstream',
    }));
  });
  return Promise.all(
    ways.map(async (way) => ({ ...way, reachable: await answersTcp(placeOf(way.address)) })),
  );
}

/** What listens everywhere is asked here. */
const addressOf = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

function placeOf(address: string): { host: string; port: number } {
  const { protocol, hostname, port } = new URL(address);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORTS[protocol]! : Number(port),
  };
}
