import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { EspruinoEngine } from '../engines/espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from '../engines/flash-image.ts';
import { prepareFlash } from '../engines/prepared-flash.ts';
import { LINUX } from '../espruino/geometry.ts';
import { CUT_POWER_SOURCE, cutEnvironment } from '../power-cut/cut-environment.ts';
import { compilePreload } from '../preload/compile-preload.ts';
import { listenOnRealSockets } from '../scripted-gateway/real-sockets.ts';
import { createScriptedGateway } from '../scripted-gateway/scripted-gateway.ts';

const interpreter = process.env.ESPRUINO;
const PRESSES = Number(process.env.PROOF_PRESSES ?? 60);
const TIME_SCALE = 50;
const START_LIMIT_MS = 120_000;
const need = interpreter ? '' : 'skipped: needs ESPRUINO: ';
const identity = { hall: 'hall', device: 'dev-a', handle: '0123456789abcdef', key: '5a'.repeat(32), gen: 1 };
const dot = { w: 8, h: 1, d: 'wAA=' };
/** Of the heartbeats that met nothing under way; others meet a screen that is being drawn, by hundreds of blocks. */
const GROWTH_LIMIT_BLOCKS = 30;
/** A key for each level in turn, as soon as the last one has been thanked for. */
const PRESS_ON = 'var pjN=0;setInterval(function(){press(1+(pjN++)%5);},7000);print("PJ1 pressing");';

describe.skipIf(!interpreter)(`${need}the firmware on the real interpreter`, () => {
  it('uses no more memory after many presses than after a few', { timeout: 14_000_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pingjia-long-'));
    const port = await freeTcpAndUdpPort();
    const used: { presses: number; blocks: number }[] = [];
    let received = 0;
    const gateway = createScriptedGateway({
      devices: [identity],
      wallMs: () => Date.UTC(2026, 1, 13, 1),
      onHello(session) {
        session.tellTime();
        const staff = '11'.repeat(8);
        session.send('control', { do: 'desk', staff, paused: false, unlinked: true, place: dot, who: dot });
      },
      onEvaluation(session, record) {
        received = Math.max(received, record.seq);
        session.send('ack', { upTo: record.seq, epoch: 1 });
      },
      onPublish({ kind, body }) {
        if (kind === 'health')
          used.push({ presses: received, blocks: (body as { mem: { used: number } }).mem.used });
      },
    });
    const device = join(folder, 'device');
    mkdirSync(device);
    for (const part of Object.values(prepareFlash({ ...identity, records: 0, acked: 0 }, LINUX)))
      writeRawFlash({ path: join(device, FLASH_FILE), geometry: LINUX }, part.offset, part.data);
    const library = compilePreload({ source: CUT_POWER_SOURCE, interpreter: interpreter!, folder });
    const engine = new EspruinoEngine({
      folder: device,
      firmware: await loadFirmwareImage('linux'),
      extraFiles: { 'pj.net': Buffer.from(JSON.stringify({ gateway: '127.0.0.1', port })) },
      interpreter: interpreter!,
      environment: cutEnvironment(library, { timeScale: TIME_SCALE }),
    });
    const seen: string[] = [];
    const until = async (what: string, limitMs: number, holds: () => boolean) => {
      const endMs = performance.now() + limitMs;
      while (!holds()) {
        if (performance.now() > endMs)
          throw new Error(`waited in vain for ${what}: ${seen.slice(-5).join(' | ')}`);
        await delay(20);
      }
    };
    engine.onConsoleLine((line) => {
      if (/PJ1 (screen|pressing|log)|Uncaught|MEMORY/.test(line)) seen.push(line);
    });
    let ended = '';
    engine.onExit((reason) => {
      ended = reason;
    });
    await engine.powerOn();
    engine.prompt(PRESS_ON);
    await until('the driver', START_LIMIT_MS, () => seen.includes('PJ1 pressing'));
    const listening = await listenOnRealSockets(gateway, port);
    try {
      let last = 0;
      while (received < PRESSES) {
        last = received;
        await until(`presses beyond ${last}`, START_LIMIT_MS, () => received > last || ended !== '');
        expect(ended).toBe('');
      }
      await until(
        'a heartbeat after the last press',
        START_LIMIT_MS,
        () => (used.at(-1)?.presses ?? 0) >= PRESSES,
      );
    } finally {
      await engine.powerOff();
      await listening.close();
      rmSync(folder, { recursive: true, force: true });
    }
    const third = Math.ceil(used.length / 3);
    const least = (samples: typeof used) => Math.min(...samples.map(({ blocks }) => blocks));
    if (process.env.PROOF_PRESSES)
      console.log(
        JSON.stringify({
          early: least(used.slice(0, third)),
          late: least(used.slice(-third)),
          samples: used.length,
        }),
      );
    expect(least(used.slice(-third))).toBeLessThanOrEqual(least(used.slice(0, third)) + GROWTH_LIMIT_BLOCKS);
    expect(seen.filter((line) => /Uncaught|MEMORY/.test(line))).toEqual([]);
  });
});
