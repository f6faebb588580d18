// `pingjia device measure` on simulated boards, blank and in service, over TCP and on the real interpreter: the report,
// its limits, and that the board stays as it was.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESP32_FLASH, LINUX_FLASH } from '../../device/boards/flash-areas.ts';
import { type CheckId, checklistTable } from '../../gateway/fleet/measure/checklist.ts';
import { judge, type Report } from '../../gateway/fleet/measure/judge.ts';
import { SPARE_PAGES } from '../../gateway/fleet/measure/measure.ts';
import { ESP32, LINUX } from '../espruino/geometry.ts';
import { type ProvisioningHall, startProvisioningHall } from './testing.ts';

const FIRMWARE_BUILD_LIMIT_MS = 240_000;
/** Refused at once: the simulator's connecting takes no time. */
const DEAD = ['--dead-address', '127.0.0.1:9'];

let hall: ProvisioningHall;
beforeAll(async () => {
  hall = await startProvisioningHall();
}, FIRMWARE_BUILD_LIMIT_MS);
afterAll(() => hall.end());

const measured = async (port: string, ...more: string[]) => {
  const told = await hall.run('device', 'measure', '--port', port, ...DEAD, '--json', ...more);
  if (told.out === '') throw new Error(told.err);
  const report = JSON.parse(told.out.split('\n').at(-1)!) as Report;
  const row = (id: CheckId) => report.rows.find((known) => known.id === id)!;
  return { ...told, report, row };
};
/** Storage and raw flash of a board's folder. */
function contentOf(folder: string): Record<string, string> {
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const storage = join(folder, 'storage');
  const names = existsSync(storage) ? readdirSync(storage).map((name) => join(storage, name)) : [];
  return Object.fromEntries([...names, join(folder, 'flash.bin')].map((path) => [path, hash(path)]));
}

describe('the measuring of a board', () => {
  it('tells every check with its figure, says that a simulator is one, and leaves the board as it was', async () => {
    const window = 'w1';
    const board = await hall.board();
    expect(await hall.provision(board.port, window)).toMatchObject({ code: 0 });
    const before = contentOf(board.folder);
    const { code, err, report, row } = await measured(board.port);
    expect(err).toMatch(/One page of flash\.[\s\S]*keys wait/);
    expect(report).toMatchObject({ simulated: true, chip: 'LINUX', board: 'linux', ok: code === 0 });
    expect(row('memory.blocks')).toMatchObject({ figure: '16383 blocks', verdict: 'ok', remedy: '' });
    expect(row('flash.sound')).toMatchObject({ figure: 'yes', verdict: 'ok' });
    expect(row('flash.erase').figure).toMatch(/ ms$/);
    expect(row('connect.block')).toMatchObject({ verdict: 'ok' });
    expect(row('watchdog')).toMatchObject({ figure: 'a simulator', verdict: 'not-here' });
    expect(row('brown-out')).toMatchObject({
      verdict: 'by-hand',
      remedy: expect.stringMatching(/pull the plug/),
    });
    expect(contentOf(board.folder)).toEqual(before);
    // Its prompt is locked as before.
    const text = await hall.run('device', 'measure', '--port', board.port, ...DEAD);
    expect(text.out).toMatch(/SIMULATOR[\s\S]*^ok +memory\.blocks +16383 blocks/m);
    expect(await hall.provision(board.port, window)).toMatchObject({ code: 0 });
  });

  it('sees what an ESP32 leaves open, and what is beyond its limit fails the command with what to do', async () => {
    const board = await hall.board({ board: 'esp32-ili9341', variables: 3000 });
    const { code, err, row } = await measured(board.port);
    expect(row('radio.bluetooth')).toMatchObject({ figure: 'on', verdict: 'beyond' });
    expect(row('memory.blocks')).toMatchObject({
      verdict: 'beyond',
      remedy: expect.stringMatching(/more variables/),
    });
    expect(row('heap.least')).toMatchObject({ figure: '40000 bytes', verdict: 'ok' });
    expect(row('radio.access-point')).toMatchObject({ figure: 'off', verdict: 'ok' });
    expect(row('radio.telnet')).toMatchObject({ verdict: 'ok' });
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/measure\.beyond: .*memory\.blocks.*radio\.bluetooth/),
    });
  });

  it('does not touch the spare page where something lies there, but what an earlier measuring left', async () => {
    const board = await hall.board({ board: 'esp32-ili9341' });
    const { address, bytes } = SPARE_PAGES.ESP32!;
    const write = (data: string) => board.engine.prompt(`require("Flash").write(${data},${address})`);
    write('new Uint8Array(56)');
    expect((await measured(board.port)).row('flash.sound')).toMatchObject({ verdict: 'ok' });
    write('[1,2,3]');
    const used = await measured(board.port);
    expect(used.row('flash.erase')).toMatchObject({ figure: 'the page is in use', verdict: 'not-here' });
    await board.engine.powerOff();
    const page = await board.engine.readFlash(address, bytes);
    expect([...page.subarray(0, 4)]).toEqual([1, 2, 3, 255]);
  });

  it('says in the words of provisioning why a board cannot be reached', async () => {
    expect(await hall.run('device', 'measure', '--port', 'tcp://127.0.0.1:1')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: port\.missing: /),
    });
    expect(await hall.run('device', 'measure', '--port', 'x', '--dead-address', 'hall:9')).toMatchObject({
      code: 2,
    });
  });
});

describe('the checklist', () => {
  it('is in the documents of the boards', () => {
    const page = readFileSync(new URL('../../device/README.md', import.meta.url), 'utf8');
    expect(page).toContain(`<!-- made: checklist -->\n${checklistTable()}\n<!-- end -->`);
  });

  it('judges a figure by its limit, a word by whether it is the right one, and nothing that is not there', () => {
    expect(judge('speed.turn', { value: 71 }).verdict).toBe('ok');
    expect(judge('speed.turn', { value: 71.2 })).toMatchObject({ verdict: 'beyond', figure: '71.2 µs' });
    expect(judge('heap.least', { value: 16_383 }).verdict).toBe('beyond');
    expect(judge('radio.telnet', { word: 'open', right: false }).verdict).toBe('beyond');
    expect(judge('watchdog', { missing: 'has none' })).toMatchObject({ verdict: 'not-here', remedy: '' });
  });

  it('writes to a page that the firmware keeps blank on every board, and to no other', () => {
    const boards = [
      { page: SPARE_PAGES.LINUX!, areas: LINUX_FLASH, geometry: LINUX, end: LINUX_FLASH.identity.address },
      { page: SPARE_PAGES.ESP32!, areas: ESP32_FLASH, geometry: ESP32, end: 0x400000 },
    ];
    for (const { page, areas, geometry, end } of boards) {
      expect(page.bytes).toBe(geometry.pageBytes);
      const rawBytes = geometry === LINUX ? 0x12000 : 0;
      const blankFrom = end + rawBytes - areas.storageReserveBytes;
      expect(page.address).toBeGreaterThanOrEqual(blankFrom);
      expect(page.address + page.bytes).toBeLessThanOrEqual(end);
      for (const { address, bytes } of [areas.journal, areas.identity])
        expect(page.address >= address + bytes || page.address + page.bytes <= address).toBe(true);
    }
    expect(crc32(Buffer.alloc(4, 0xff))).toBe(0xffffffff);
  });
});

const interpreter = process.env.ESPRUINO;
const title = 'the real interpreter is measured as a board is';
it.skipIf(!interpreter)(interpreter ? title : `skipped: needs ESPRUINO: ${title}`, async () => {
  const board = await hall.board({ engine: 'espruino', interpreter });
  const { report, row } = await measured(board.port);
  expect(report).toMatchObject({ chip: 'LINUX', simulated: false });
  expect(row('flash.sound')).toMatchObject({ figure: 'yes', verdict: 'ok' });
  expect(row('speed.turn')).toMatchObject({ verdict: 'ok' });
  await board.stop();
});
