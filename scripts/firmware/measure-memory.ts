// Interpreter blocks in use in the worst hour of a hall's day: booted from Storage as on a board, connected, a card
// on the screen, and a hundred records in the journal that the gateway takes and does not acknowledge.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFlashWorld, mountWorld, pressOf } from '../../device/flash/testing/flash-world.ts';
import { startMiniGateway } from '../../device/link/testing/node-mini-gateway.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import { IN_FLIGHT_LIMIT_RECORDS } from '../../protocol/constants.ts';
import { EspruinoEngine } from '../../simulator/engines/espruino-engine.ts';
import { FLASH_FILE, writeRawFlash } from '../../simulator/engines/flash-image.ts';
import { LINUX } from '../../simulator/espruino/geometry.ts';
import { nextLine } from './card-shown.ts';
import { loadFirmwareImage } from './load-image.ts';

export const UNSENT_RECORDS = 100;
const SENT_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 50;
const STAFF = '00000000000000a1';

export interface MeasuredMemory {
  used: number;
  total: number;
  unsent: number;
}

export async function measureMemory(interpreter: string): Promise<MeasuredMemory> {
  const firmware = await loadFirmwareImage('linux');
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-memory-'));
  const gateway = await startMiniGateway();
  gateway.acks = false;
  const settings = JSON.stringify({ gateway: '127.0.0.1', port: gateway.port });
  const extraFiles = { 'pj.net': Buffer.from(settings) };
  const engine = new EspruinoEngine({ folder, firmware, extraFiles, interpreter });
  try {
    const path = join(folder, FLASH_FILE);
    writeRawFlash({ path, geometry: LINUX }, LINUX.identity.offset, makeFlash());
    await engine.powerOn();
    await until(() => gateway.hellos.length > 0);
    const shown = nextLine(engine, (text) => text.startsWith('PJ1 screen card'));
    const drawn = shown.then(() => nextLine(engine, (text) => text.startsWith('PJ1 frame')));
    sendScreens(gateway);
    await drawn;
    await until(() => gateway.committed.size === IN_FLIGHT_LIMIT_RECORDS);
    const told = nextLine(engine, (text) => text.startsWith('PJ1 memory'));
    engine.prompt('memory()');
    const numbers = (await told).split(' ');
    return { used: Number(numbers[2]), total: Number(numbers[3]), unsent: UNSENT_RECORDS };
  } finally {
    await engine.powerOff();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Identity and journal lie there one after the other, as on the Linux board. */
function makeFlash(): Uint8Array {
  const world = createFlashWorld(1024);
  const { journal } = mountWorld(world);
  for (let mark = 0; mark < UNSENT_RECORDS; mark++) journal.append(pressOf(mark));
  return world.flash.image;
}

function sendScreens(gateway: Awaited<ReturnType<typeof startMiniGateway>>): void {
  const screens = openScreens({ onMissingGlyph: () => undefined });
  const who = screens.who({ name: '欧阳建国', badgeId: 'A1023' });
  const place = screens.place({ hall: '尚志市政务服务大厅', window: 'A03 综合' });
  gateway.send('control', { do: 'desk', staff: STAFF, paused: false, unlinked: true, place, who });
  const matter = screens.matter(['国有建设用地使用权及房屋所有权转移登记']);
  gateway.send('card', { invitation: '00000000000000c1', staff: STAFF, term: 600, matter, who });
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + SENT_LIMIT_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error('the evaluator did not get there in time');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
