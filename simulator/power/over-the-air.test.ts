import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDeviceDatabase } from '../../gateway/fleet-access.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import { startTestHall, type TestHall } from '../../gateway/testing-hall.ts';
import { makeReleaseKeys, readRelease, signRelease } from '../../gateway/updates/release.ts';
import { keepRelease } from '../../gateway/updates/release-files.ts';
import { withSlotFile } from '../../scripts/firmware/image.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { DeviceEngine, EngineOptions, FirmwareImage } from '../engine.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { openFileStorage } from '../engines/file-storage.ts';
import { storedFiles } from '../engines/flash-image.ts';
import { NodeEngine } from '../engines/node-engine.ts';

const STEP_LIMIT_MS = 120_000;
const interpreter = process.env.ESPRUINO;
const whole = process.env.PROOF_UPDATE === '1' || interpreter !== undefined;

interface Kind {
  make(options: EngineOptions): DeviceEngine;
  names(folder: string): string[];
}
const kinds: [string, Kind][] = [
  [
    'on Node',
    {
      make: (options) => new NodeEngine(options),
      names: (folder) => openFileStorage(join(folder, 'storage')).names(),
    },
  ],
];
if (interpreter)
  kinds.push([
    'on the real interpreter',
    {
      make: (options) => new EspruinoEngine({ ...options, interpreter }),
      names: (folder) => storedFiles(folder).map(({ name }) => name),
    },
  ]);

const keys = makeReleaseKeys();

/** The built firmware under another version, or another text in its place. */
function asVersion(image: FirmwareImage, version: string, js?: string): FirmwareImage {
  const built = Buffer.from(image.files['pj-a.js']!).toString('latin1');
  const text = js ?? built.replaceAll(`"${image.version}"`, `"${version}"`);
  return withSlotFile(image, 'js', Buffer.from(text, 'latin1'), version);
}

function releaseOf(image: FirmwareImage): string {
  const line = Buffer.from(image.files['pj-a.m']!);
  const files = (JSON.parse(line.toString('latin1')).files as [string][]).map(
    ([name]) => image.files[`pj-a.${name}`]!,
  );
  const data = Buffer.concat([line, ...files]);
  return signRelease({ version: image.version, images: [{ board: image.board, data }] }, keys.privateKeyPem);
}

describe.each(kinds)('firmware over the network, %s', (_name, kind) => {
  let hall: TestHall;
  let engine: DeviceEngine | undefined;
  let folder = '';
  afterEach(async () => {
    await engine?.powerOff();
    await hall?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function order(image: FirmwareImage): Promise<void> {
    const text = releaseOf(image);
    expect(readRelease(text, keys.publicKey).ok).toBe(true);
    keepRelease(hall.config.dataFolder, image.version, text);
    const database = await openDeviceDatabase(hall.config);
    const ordered = { devices: ['a01'], version: image.version, forced: false, atMs: Date.now() };
    expect(await database.writer.submit('order-updates', ordered)).toEqual({ ok: true });
    await database.close();
  }

  const stateOf = async () => {
    const database = await openDeviceDatabase(hall.config);
    const [update] = database.reader.updates();
    await database.close();
    return update && [update.version, update.state, update.code].filter(Boolean).join(' ');
  };
  const becomes = (state: string) =>
    expect.poll(stateOf, { timeout: STEP_LIMIT_MS, interval: 500 }).toBe(state);

  it('is taken across a power cut, and one that fails at its start gives way by itself', {
    timeout: 5 * STEP_LIMIT_MS,
  }, async () => {
    const built = await loadFirmwareImage('linux');
    hall = await startTestHall({ updates: { releaseKey: keys.publicKey } }, { openScreens });
    folder = mkdtempSync(join(tmpdir(), 'pingjia-update-'));
    const settings = JSON.stringify({ gateway: '127.0.0.1', port: hall.gateway.addresses.mqtt.port });
    engine = kind.make({ folder, firmware: built, extraFiles: { 'pj.net': Buffer.from(settings) } });
    const lines: string[] = [];
    engine.onConsoleLine((line) => lines.push(line));
    const line = (text: string) =>
      expect.poll(() => lines.includes(text), { timeout: STEP_LIMIT_MS, interval: 50 }).toBe(true);
    const identity = await hall.register('a01', 'a01');
    await engine.powerOn();
    await line('PJ1 screen unprovisioned');
    engine.prompt(`provision(${JSON.stringify(identity)})`);
    await line('PJ1 screen idle');

    await order(asVersion(built, '0.2.0'));
    await expect
      .poll(() => kind.names(folder).includes('pj-b.js'), { timeout: STEP_LIMIT_MS, interval: 20 })
      .toBe(true);
    await engine.powerOff();
    expect(await stateOf()).toBe('0.2.0 sending');
    await engine.powerOn();
    await becomes('0.2.0 confirmed');
    if (!whole) return;

    // Its room is only there after a compaction, which the gateway orders by itself.
    lines.length = 0;
    await order(asVersion(built, '0.3.0', 'print("PJ1 failing");throw new Error("no")'));
    await becomes('0.3.0 returned update.not-confirmed');
    expect(lines.filter((told) => told === 'PJ1 failing')).toHaveLength(3);
    await order(asVersion(built, '0.4.0'));
    await becomes('0.4.0 confirmed');
  });
});
