import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takeBackup } from '../../gateway/backup/backup.ts';
import { restoreBackup } from '../../gateway/backup/restore.ts';
import { type Gateway, startGateway } from '../../gateway/compose.ts';
import { completeConfig, type GatewayConfig } from '../../gateway/config/load.ts';
import { Settings } from '../../gateway/config/schema.ts';
import { createMasterKeyFile, loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { openDeviceDatabase } from '../../gateway/fleet-access.ts';
import type { CommandName } from '../../gateway/ports.ts';
import type { Commands } from '../../gateway/store/commands/commands.ts';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { startWriter } from '../../gateway/store/writer.ts';
import { makeFakeClock } from '../../gateway/testing/fake-clock.ts';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { writeRawFlash } from '../engines/flash-image.ts';
import { NodeEngine } from '../engines/node-engine.ts';
import { preparedLevel, prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { readProvinceStore } from '../province/read-store.ts';
import { type Province, startProvince } from '../province/server.ts';

const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);
const COMPLETED_MS = shanghai('2026-03-02 10:00:00');
const EVENING_MS = shanghai('2026-03-09 22:00:00');
const AFTER_TERM_MS = shanghai('2026-03-10 00:10:00');
const BEFORE_BACKUP = 10;
/** 500 in the long proofs. */
const AFTER_BACKUP = Number(process.env.PROOF_RESTORE_RECORDS ?? 40);
const ALL = BEFORE_BACKUP + AFTER_BACKUP;
const WAIT = { timeout: 60_000, interval: 20 };
const silent = pino({ level: 'silent' });
const credentials = { appMark: 'hall', appWord: 'word' };
const invitationOf = (seq: number) => `c0de${seq.toString(16).padStart(12, '0')}`;

let folder: string;
let config: GatewayConfig;
let clock: ReturnType<typeof makeFakeClock>;
let province: Province;
let gateway: Gateway;
let identity: DeviceIdentity;
let engine: NodeEngine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restore-'));
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(join(folder, 'secrets', 'master.key'));
  clock = makeFakeClock(EVENING_MS);
  province = await startProvince({
    file: join(folder, 'province.sqlite'),
    port: 0,
    credentials,
    clock: { wallMs: clock.nowMs, monotonicMs: clock.monotonicMs, after: clock.after },
  });
  const settings = Settings.parse({
    hall: { id: 'hall', name: '测试大厅' },
    dataFolder: 'data',
    masterKeyFile: 'secrets/master.key',
    broker: { host: '127.0.0.1', port: await freeTcpAndUdpPort() },
    http: { host: '127.0.0.1', port: 0 },
    windows: [{ id: 'a01', label: 'A01 综合' }],
    upstream: [{ id: 'province', kind: 'http', url: province.url, ...credentials, concurrency: 16 }],
  });
  const completed = completeConfig(settings, folder);
  if (!completed.ok) throw new Error(JSON.stringify(completed.problems));
  config = completed.config;
  await start();
  const devices = await openDeviceDatabase(config, clock);
  const made = await devices.registry.register({ id: 'a01', hall: 'hall', window: 'a01' });
  await devices.close();
  if ('code' in made) throw new Error(made.code);
  identity = made;
  await putCases();
});
afterEach(async () => {
  await engine.powerOff();
  await gateway.stop();
  await province.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async () => {
  gateway = await startGateway(config, { clock, logger: silent });
};
const chainKey = () => loadMasterKeys(config.masterKeyFile).chain;

/** A completed case for each press, all invited before the backup. */
async function putCases(): Promise<void> {
  const writer = await startWriter({ dataFolder: config.dataFolder, chainKey: chainKey(), log: silent });
  const submitted: Promise<unknown>[] = [];
  const submit = <N extends CommandName>(name: N, input: Commands[N]['in']) =>
    submitted.push(writer.submit(name, input));
  const staff = { badgeId: 'A1', name: '张三' };
  for (let seq = 1; seq <= ALL; seq += 1) {
    const key = { projectNo: `P-${seq}`, assessNumber: 1 };
    const atMs = COMPLETED_MS;
    const body = {
      taskCode: '1123100000000000014000118004001',
      taskName: '居住证签注',
      projectName: undefined,
      areaCode: undefined,
      deptCode: undefined,
      acceptedAtMs: undefined,
    };
    submit('put-case', { projectNo: key.projectNo, body, atMs });
    submit('put-service', { ...key, serviceName: '受理', servedAtMs: atMs, staff, window: 'a01', atMs });
    const invitation = invitationOf(seq);
    submit('create-invitation', { invitation, window: 'a01', services: [key], termSeconds: 600, atMs });
    submit('complete-case', { projectNo: key.projectNo, completedAtMs: COMPLETED_MS, atMs });
  }
  await Promise.all(submitted);
  await writer.stop();
}

/** The firmware on an evaluator whose journal holds `records`, of which `acked` are acknowledged. */
async function switchOn(journal: { records: number; acked: number; boots: number }): Promise<void> {
  const deviceFolder = join(folder, 'device');
  const wallFromMs = EVENING_MS - 3_600_000;
  const flash = prepareFlash({ ...identity, ...journal, invitationOf, wallFromMs }, LINUX);
  const path = join(deviceFolder, 'flash.bin');
  for (const part of [flash.journal, flash.identity])
    writeRawFlash({ path, geometry: LINUX }, part.offset, part.data);
  const { port } = config.broker;
  engine = new NodeEngine({
    folder: deviceFolder,
    firmware: await loadFirmwareImage('linux'),
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify({ gateway: '127.0.0.1', port })) },
  });
  await engine.powerOn();
}

const ask = <T>(sql: string): T => {
  const database = new Database(join(config.dataFolder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare(sql).pluck().get() as T;
  } finally {
    database.close();
  }
};
const defaults = () => ask<number>("SELECT count(*) FROM fact WHERE kind = 'evaluation.defaulted'");
const acknowledged = (upTo: number) =>
  vi.waitFor(() => expect(ask('SELECT up_to FROM received')).toBe(upTo), WAIT);
const atProvince = () => readProvinceStore(join(folder, 'province.sqlite'));
const provinceHas = (count: number) =>
  vi.waitFor(() => expect(atProvince().evaluations).toHaveLength(count), WAIT);

const backups = {
  async take() {
    const into = join(folder, 'backups');
    const options = { hall: 'hall', dataFolder: config.dataFolder, chainKey: chainKey(), into };
    const { folder: made } = await takeBackup({
      ...options,
      nowMs: clock.nowMs(),
      onProgress: () => undefined,
    });
    return made;
  },
  async putBack(made: string) {
    rmSync(config.dataFolder, { recursive: true });
    const options = { hall: 'hall', dataFolder: config.dataFolder, chainKey: chainKey(), force: false };
    await restoreBackup({ ...options, from: made, nowMs: clock.nowMs() });
  },
};
/** Nobody tells the gateway: as with a virtual machine's older snapshot. */
const copies = {
  async take() {
    await gateway.stop();
    const made = join(folder, 'copy.sqlite');
    copyFileSync(join(config.dataFolder, DATABASE_FILE), made);
    await start();
    return made;
  },
  async putBack(made: string) {
    rmSync(config.dataFolder, { recursive: true });
    mkdirSync(config.dataFolder);
    copyFileSync(made, join(config.dataFolder, DATABASE_FILE));
  },
};

describe.each([
  { way: 'restored from a backup on an empty machine', how: backups },
  { way: 'copied back by hand, unknown to the gateway', how: copies },
])('a database that was $way', ({ how }) => {
  it(`gets the ${AFTER_BACKUP} evaluations it lacks once each, sets no default and sends nothing twice meanwhile`, {
    timeout: 120_000,
  }, async () => {
    await switchOn({ records: BEFORE_BACKUP, acked: 0, boots: 1 });
    await acknowledged(BEFORE_BACKUP);
    await provinceHas(BEFORE_BACKUP);
    await engine.powerOff();
    const made = await how.take();

    await switchOn({ records: ALL, acked: BEFORE_BACKUP, boots: 5 });
    await acknowledged(ALL);
    // Half of it upstream is enough to see whether anything comes twice.
    await vi.waitFor(() => expect(atProvince().evaluations.length).toBeGreaterThan(ALL / 2), WAIT);
    await province.cut();
    await gateway.stop();
    await engine.powerOff();
    const before = atProvince();

    clock.advance(AFTER_TERM_MS - clock.nowMs());
    await how.putBack(made);
    await province.restore();
    await start();
    await vi.waitFor(
      () =>
        expect(
          ask('SELECT count(*) FROM start_wait') ||
            ask("SELECT count(*) FROM catch_up WHERE state = 'awaited'"),
        ).toBe(1),
      WAIT,
    );
    clock.advance(60_000);
    expect(ask('SELECT count(*) FROM press')).toBe(BEFORE_BACKUP);
    expect(atProvince()).toEqual(before);
    expect(defaults()).toBe(0);

    await engine.powerOn();
    await acknowledged(ALL);
    expect(ask('SELECT count(*) FROM press')).toBe(ALL);
    expect(ask("SELECT count(DISTINCT seq) FROM press WHERE state = 'effective'")).toBe(ALL);
    expect(ask("SELECT count(*) FROM fact WHERE kind = 'epoch.begun'")).toBe(1);
    await vi.waitFor(
      () =>
        expect(
          ask('SELECT (SELECT max(id) FROM outbox) - up_to + (SELECT count(*) FROM delivery) FROM connector'),
        ).toBe(0),
      WAIT,
    );
    expect(defaults()).toBe(0);
    const { evaluations } = atProvince();
    expect(evaluations).toHaveLength(ALL);
    for (const { projectNo, level } of evaluations)
      expect(level).toBe(preparedLevel(Number(projectNo.slice(2))));
    expect(existsSync(join(config.dataFolder, 'restoring'))).toBe(false);
  });
});
