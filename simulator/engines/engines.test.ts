import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceEngine, FirmwareImage } from '../engine.ts';
import { LINUX } from '../espruino/geometry.ts';
import { EspruinoEngine } from './espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from './flash-image.ts';
import { NodeEngine } from './node-engine.ts';

const interpreter = process.env.ESPRUINO;
const TYPED_LINES = 400;
const LINE_LIMIT_MS = 20_000;
const folders: string[] = [];
const engines: DeviceEngine[] = [];

const FIRMWARE = `
var F=require("Flash"), base=F.getFree()[0].addr;
function mark(n){F.write([n],base+0x30000+n);print("PJ1 marked "+n);}
function marks(){print("PJ1 marks "+F.read(6,base+0x30000).join());}
function keep(t){require("Storage").write("note",t);print("PJ1 kept");}
function note(){print("PJ1 note "+require("Storage").read("note"));}
function identity(){print("PJ1 identity "+F.read(3,base+0x2e000).join());}
print("PJ1 up "+require("Storage").read("setting"));`;

const image = (version: string, program = FIRMWARE): FirmwareImage => ({
  board: 'linux',
  version,
  files: { '.bootcde': Buffer.from(program) },
});

function create(kind: 'node' | 'espruino', options: { folder?: string; firmware?: FirmwareImage } = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'pingjia-engine-'));
  folders.push(folder);
  const given = {
    folder,
    firmware: options.firmware ?? image('1'),
    extraFiles: { setting: Buffer.from('hall') },
  };
  const engine =
    kind === 'node' ? new NodeEngine(given) : new EspruinoEngine({ ...given, interpreter: interpreter! });
  engines.push(engine);
  return { folder, engine };
}

/** Does `act`, then waits for a line that begins so. */
async function line(engine: DeviceEngine, start: string, act: () => unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`No line "${start}"`)), LINE_LIMIT_MS);
    const stop = engine.onConsoleLine((text) => {
      if (!text.startsWith(start)) return;
      clearTimeout(late);
      stop();
      resolve(text);
    });
    Promise.resolve(act()).catch(reject);
  });
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.powerOff();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const kinds = ['node', 'espruino'] as const;
describe.each(kinds)('an evaluator on the %s engine', (kind) => {
  const skip = kind === 'espruino' && !interpreter;
  const sentence = (title: string) => (skip ? `skipped: needs ESPRUINO: ${title}` : title);

  it.skipIf(skip)(sentence('keeps flash and Storage through a power cut'), async () => {
    const { engine } = create(kind);
    expect(await line(engine, 'PJ1 up', () => engine.powerOn())).toBe('PJ1 up hall');
    await line(engine, 'PJ1 marked 2', () => engine.prompt('mark(2)'));
    await line(engine, 'PJ1 kept', () => engine.prompt('keep("seen")'));
    await engine.powerOff();
    expect(engine.powered).toBe(false);
    expect([...(await engine.readFlash(LINUX.journal.offset, 4))]).toEqual([255, 255, 2, 255]);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    expect(await line(engine, 'PJ1 note', () => engine.prompt('note()'))).toBe('PJ1 note seen');
    expect(await line(engine, 'PJ1 marks', () => engine.prompt('marks()'))).toBe(
      'PJ1 marks 255,255,2,255,255,255',
    );
  });

  it.skipIf(skip)(sentence('gets new firmware without losing raw flash or its own files'), async () => {
    const { engine, folder } = create(kind);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    await line(engine, 'PJ1 marked 3', () => engine.prompt('mark(3)'));
    await line(engine, 'PJ1 kept', () => engine.prompt('keep("mine")'));
    await engine.powerOff();
    const next = create(kind, { folder, firmware: image('2', `${FIRMWARE}print("PJ1 new");`) }).engine;
    await line(next, 'PJ1 new', () => next.powerOn());
    expect(await line(next, 'PJ1 note', () => next.prompt('note()'))).toBe('PJ1 note mine');
    expect(await line(next, 'PJ1 marks', () => next.prompt('marks()'))).toBe(
      'PJ1 marks 255,255,255,3,255,255',
    );
  });

  it.skipIf(skip)(
    sentence('finds the identity that was put into raw flash before its first start'),
    async () => {
      const { engine, folder } = create(kind);
      const path = join(folder, kind === 'node' ? 'flash.bin' : FLASH_FILE);
      writeRawFlash({ path, geometry: LINUX }, LINUX.identity.offset, Uint8Array.of(7, 8, 9));
      await line(engine, 'PJ1 up', () => engine.powerOn());
      expect(await line(engine, 'PJ1 identity', () => engine.prompt('identity()'))).toBe(
        'PJ1 identity 7,8,9',
      );
    },
  );

  it.skipIf(skip)(sentence('tells the errors of what is typed and goes on'), async () => {
    const { engine } = create(kind);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    expect(await line(engine, 'Uncaught', () => engine.prompt('nonsense('))).toMatch(/^Uncaught \w+Error/);
    expect(await line(engine, 'PJ1 note', () => engine.prompt('note()'))).toBe('PJ1 note undefined');
  });

  it.skipIf(skip)(sentence('takes what is typed as it is typed, also beside a socket'), async () => {
    const { engine } = create(kind);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    engine.prompt(
      'sum=0;lines=0;function add(t){lines++;for(var i=0;i<t.length;i++)sum+=t.charCodeAt(i)*(i+1)}',
    );
    engine.prompt('require("net").createServer(function(){}).listen(0)');
    const typed = Array.from({ length: TYPED_LINES }, (_, number) =>
      `line ${number} of a long letter `.repeat(4),
    );
    for (const text of typed) engine.prompt(`add(${JSON.stringify(text)})`);
    const weight = (text: string) =>
      [...text].reduce((sum, char, index) => sum + char.charCodeAt(0) * (index + 1), 0);
    const expected = typed.reduce((sum, text) => sum + weight(text), 0);
    const told = await line(engine, 'PJ1 typed', () => engine.prompt('print("PJ1 typed",lines,sum)'));
    expect(told).toBe(`PJ1 typed ${TYPED_LINES} ${expected}`);
  });

  it.skipIf(skip)(sentence('starts again by itself when its program asks for a restart'), async () => {
    const { engine } = create(kind);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    await line(engine, 'PJ1 up', () => engine.prompt('load()'));
    await line(engine, 'PJ1 up', () => engine.prompt('E.reboot()'));
    expect(engine.powered).toBe(true);
  });

  it.skipIf(skip)(sentence('does nothing more once its power is cut'), async () => {
    const { engine } = create(kind);
    await line(engine, 'PJ1 up', () => engine.powerOn());
    await line(engine, 'PJ1 ticking', () =>
      engine.prompt('setInterval(function(){mark(1);},1);print("PJ1 ticking")'),
    );
    await engine.powerOff();
    const after: string[] = [];
    engine.onConsoleLine((text) => after.push(text));
    engine.prompt('note()');
    await line(create(kind).engine, 'PJ1 up', () => engines.at(-1)!.powerOn());
    expect(after).toEqual([]);
  });
});
