import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJournalImage } from '../../device/flash/journal-format.ts';
import { createRandom } from '../../device/flash/testing/flash-world.ts';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from '../engines/flash-image.ts';
import { preparedLevel, prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { compilePreload } from '../preload/compile-preload.ts';
import { type ListeningServer, listenOnRealSockets } from '../scripted-gateway/real-sockets.ts';
import { createScriptedGateway, type ScriptedGateway } from '../scripted-gateway/scripted-gateway.ts';
import { CUT_POWER_SOURCE, type CutOptions, cutEnvironment } from './cut-environment.ts';

const interpreter = process.env.ESPRUINO;
/** Every write is cut when this is set; else a few of them. */
const everyWrite = process.env.PROOF_EVERY_WRITE === '1';
const need = interpreter ? '' : 'skipped: needs ESPRUINO: ';
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
/** The journal has gone round: the next records erase pages. */
const BEFORE = { records: 1147, acked: 1144 };
const PRESSES = 6;
const TIME_SCALE = 8;
const WAIT_LIMIT_MS = 40_000;
const LEVELS = [5, 1, 3, 2, 4];
interface Run {
  engine: EspruinoEngine;
  /** What each thanked sequence was lit as. */
  thanked: { seq: number; level: number }[];
  ended: boolean;
  shown: string[];
}

describe.skipIf(!interpreter)(`${need}a power cut of the real interpreter`, () => {
  let folder: string;
  let library: string;
  let port: number;
  let gateway: ScriptedGateway;
  let listening: ListeningServer;
  let image: string;
  let runs = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pingjia-cut-'));
    library = compilePreload({ source: CUT_POWER_SOURCE, interpreter: interpreter!, folder });
    port = await freeTcpAndUdpPort();
    let sent = 0;
    gateway = createScriptedGateway({
      devices: [identity],
      wallMs: () => Date.UTC(2026, 1, 13, 1),
      onHello(session) {
        session.tellTime();
        const nobody = { w: 8, h: 1, d: 'AAA=' };
        session.send('control', {
          do: 'desk',
          staff: '11'.repeat(8),
          paused: false,
          unlinked: true,
          place: nobody,
          who: nobody,
        });
      },
      onEvaluation(session, record) {
        sent += 1;
        if (sent % 2 === 0) session.send('ack', { upTo: record.seq, epoch: 1 });
      },
    });
    listening = await listenOnRealSockets(gateway, port);
    const prepared = prepareFlash({ ...identity, ...BEFORE }, LINUX);
    mkdirSync(join(folder, 'image'));
    image = join(folder, 'image', FLASH_FILE);
    writeRawFlash({ path: image, geometry: LINUX }, prepared.journal.offset, prepared.journal.data);
    writeRawFlash({ path: image, geometry: LINUX }, prepared.identity.offset, prepared.identity.data);
  });
  afterAll(async () => {
    await listening.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = async (device: string, cut: CutOptions): Promise<Run> => {
    const settings = { gateway: '127.0.0.1', port };
    const engine = new EspruinoEngine({
      folder: device,
      firmware: await loadFirmwareImage('linux'),
      extraFiles: { 'pj.net': Buffer.from(JSON.stringify(settings)) },
      interpreter: interpreter!,
      environment: cutEnvironment(library, { timeScale: TIME_SCALE, ...cut }),
    });
    const run: Run = { engine, thanked: [], ended: false, shown: [] };
    let level = 0;
    engine.onConsoleLine((line) => {
      if (line.startsWith('PJ1 lights ') && line !== 'PJ1 lights 0')
        level = 1 + Math.log2(Number(line.slice(11)));
      if (line.startsWith('PJ1 thanked ')) run.thanked.push({ seq: Number(line.slice(12)), level });
      if (line.startsWith('PJ1 screen ')) run.shown.push(line.slice(11));
    });
    engine.onExit(() => {
      run.ended = true;
    });
    await engine.powerOn();
    return run;
  };
  /** Until it holds, or the power has failed. */
  const until = async (run: Run, what: string, holds: () => boolean) => {
    const endMs = performance.now() + WAIT_LIMIT_MS;
    while (!run.ended && !holds()) {
      if (performance.now() > endMs)
        throw new Error(`waited in vain for ${what} after ${run.shown.join(', ')}`);
      await delay(5);
    }
  };
  const newDevice = () => {
    const device = join(folder, `device-${runs++}`);
    mkdirSync(device);
    copyFileSync(image, join(device, FLASH_FILE));
    return device;
  };
  const pressUntilThanked = async (run: Run, count = 1) => {
    while (run.thanked.length < count && !run.ended) {
      const before = run.shown.length;
      run.engine.prompt(`press(${LEVELS[run.thanked.length % LEVELS.length]})`);
      // Never sooner: the key is let go by a timer, and another typed before that would be a second key at a time.
      await until(run, 'thanks and the desk', () => {
        const after = run.shown.slice(before);
        const thanks = after.findIndex((name) => name.startsWith('thanks'));
        return thanks >= 0 && after.slice(thanks).includes('idle');
      });
    }
  };
  /** Boots, presses and waits until all are thanked for, or the power fails. */
  const play = async (device: string, cut: CutOptions): Promise<Run> => {
    const run = await begin(device, cut);
    await until(run, 'the desk', () => run.shown.includes('idle'));
    await pressUntilThanked(run, PRESSES);
    await run.engine.powerOff();
    return run;
  };
  const recordsOf = async (run: Run) => {
    await run.engine.powerOff();
    const bytes = await run.engine.readFlash(LINUX.journal.offset, LINUX.journal.bytes);
    return readJournalImage(bytes, LINUX.pageBytes).records;
  };

  it('at every write of a scenario with erases loses no press that was thanked for and invents none', {
    timeout: 1_500_000,
  }, async () => {
    const first = newDevice();
    const countFile = join(folder, 'writes');
    const whole = await play(first, { countFile });
    expect(whole.thanked).toHaveLength(PRESSES);
    const writes = Number(readFileSync(countFile, 'utf8'));
    expect(writes).toBeGreaterThan(2 * PRESSES);

    const random = createRandom(20_260_213);
    const chosen = Array.from({ length: writes }, (_, at) => at).filter(
      (at) => everyWrite || at % 5 === random(5),
    );
    for (const at of chosen) {
      const where = `write ${at} of ${writes}`;
      const device = newDevice();
      const cut = await play(device, { at, bytes: random(57), mask: random(256) });
      expect(cut.ended, where).toBe(true);

      const again = await begin(device, {});
      await until(again, `the desk after ${where}`, () => again.shown.includes('idle'));
      const newest = Math.max(BEFORE.records, ...cut.thanked.map(({ seq }) => seq));
      await pressUntilThanked(again);
      expect(again.thanked[0]?.seq, where).toBeGreaterThan(newest);
      const records = await recordsOf(again);
      const bySeq = new Map(records.map((record) => [record.seq, record]));
      for (const { seq, level } of cut.thanked)
        expect(bySeq.get(seq)?.level, `${where}: thanked ${seq}`).toBe(level);
      for (let seq = BEFORE.acked + 1; seq <= BEFORE.records; seq++)
        expect(bySeq.get(seq)?.level, `${where}: ${seq} from before`).toBe(preparedLevel(seq));
      // At most the record that was being written when the power failed, and what was pressed since.
      const made = records.filter(({ seq }) => seq > BEFORE.records);
      expect(made.length, where).toBeLessThanOrEqual(cut.thanked.length + 1 + again.thanked.length);
      rmSync(device, { recursive: true });
    }
  });
});
