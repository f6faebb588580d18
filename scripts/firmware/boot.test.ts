import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { choose, confirm } from '../../device/boot/slot-choice.ts';
import { createFlashWorld, mountStore, testIdentity } from '../../device/flash/testing/flash-world.ts';
import type { DeviceEngine, EngineOptions } from '../../simulator/engine.ts';
import { EspruinoEngine } from '../../simulator/engines/espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from '../../simulator/engines/flash-image.ts';
import { NodeEngine } from '../../simulator/engines/node-engine.ts';
import { LINUX } from '../../simulator/espruino/geometry.ts';
import { slotFiles } from './image.ts';
import { loadFirmwareImage } from './load-image.ts';

const LINE_LIMIT_MS = 10_000;
const interpreter = process.env.ESPRUINO;
const engines: [string, string, (options: EngineOptions) => DeviceEngine][] = [
  ['Node', 'flash.bin', (options) => new NodeEngine(options)],
  ...(interpreter
    ? [
        [
          'the real interpreter',
          FLASH_FILE,
          (options: EngineOptions) => new EspruinoEngine({ ...options, interpreter }),
        ] as [string, string, (options: EngineOptions) => DeviceEngine],
      ]
    : []),
];

/** A slot whose firmware says that it ran, or fails as told. */
const slot = (name: 'a' | 'b', js = `print("PJ1 ran "+slot)`) =>
  Object.fromEntries(
    Object.entries(slotFiles({ board: 'linux', version: '1.0.0' }, { js: Buffer.from(js) })).map(
      ([file, data]) => [file.replace('pj-a', `pj-${name}`), data],
    ),
  );

describe.each(engines)('the start of an evaluator on %s', (_name, flashFile, makeEngine) => {
  let folder = '';
  let engine: DeviceEngine | undefined;
  afterEach(async () => {
    await engine?.powerOff();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(
    files: Record<string, Uint8Array>,
    prepare: (store: ReturnType<typeof mountStore>) => void = () => undefined,
  ) {
    folder = mkdtempSync(join(tmpdir(), 'pingjia-boot-'));
    const world = createFlashWorld(1024);
    mountStore(world).writeIdentity(testIdentity);
    prepare(mountStore(world));
    writeRawFlash(
      { path: join(folder, flashFile), geometry: LINUX },
      LINUX.identity.offset,
      world.flash.image.subarray(0, LINUX.identity.bytes),
    );
    const { files: built } = await loadFirmwareImage('linux');
    const firmware = { board: 'linux', version: '1', files: { '.bootcde': built['.bootcde']!, ...files } };
    engine = makeEngine({ folder, firmware });
    const lines: string[] = [];
    engine.onConsoleLine((line) => lines.push(line));
    await engine.powerOn();
    const line = (text: string) =>
      expect.poll(() => lines.some((told) => told.includes(text)), { timeout: LINE_LIMIT_MS, interval: 10 });
    return { lines, line, engine };
  }

  it('runs the slot that is chosen and leaves no name of its own behind', async () => {
    const { lines, line, engine } = await start({ ...slot('a'), ...slot('b') }, (store) => {
      choose(store, 'b');
      confirm(store, 'b');
    });
    await line('PJ1 ran pj-b.js').toBe(true);
    engine.prompt('print("left "+Object.keys(global).join())');
    await line('left ').toBe(true);
    const left = lines
      .find((told) => told.startsWith('left '))!
      .slice('left '.length)
      .split(',');
    expect(left).toContain('slot');
    // The build shortens them.
    const own = /^([a-z_$]\w{0,2}|password|bootError|trial)$/;
    expect(left.filter((name) => own.test(name))).toEqual([]);
  });

  it('runs the other slot when a file of the chosen one is not what its manifest says', async () => {
    const broken = { ...slot('b'), 'pj-b.js': Buffer.from('print("PJ1 ran broken")') };
    const { lines, line } = await start({ ...slot('a'), ...broken }, (store) => choose(store, 'b'));
    await line('PJ1 ran pj-a.js').toBe(true);
    expect(lines).not.toContain('PJ1 ran broken');
  });

  it('gives a version up that fails while it starts, after three starts', async () => {
    const failing = slot('b', 'print("PJ1 tried");throw new Error("no")');
    const { lines, line } = await start({ ...slot('a'), ...failing }, (store) => choose(store, 'b'));
    await line('PJ1 ran pj-a.js').toBe(true);
    expect(lines.filter((told) => told === 'PJ1 tried')).toHaveLength(3);
  });

  it('offers recovery at a prompt that asks for its password when no slot is whole', async () => {
    const { line, lines, engine } = await start({ 'pj.lock': Buffer.from('secret') });
    await line('PJ1 recovery').toBe(true);
    engine.prompt('print("open")');
    // The real one's prompt takes only whole calls from the engine.
    if (engine.kind === 'node') {
      engine.prompt('secret');
      engine.prompt('print("opened")');
      await line('opened').toBe(true);
    }
    expect(lines.some((told) => told.endsWith('open'))).toBe(false);
  });
});
