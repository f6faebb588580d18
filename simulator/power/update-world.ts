// An evaluator's flash with Storage, identity and journal, its firmware reduced to the parts that choose, update and
// confirm it, and the gateway's side of an update. For tests that cut the power anywhere.
import { createHash } from 'node:crypto';
import { confirm, isOnTrial, type Slot } from '../../device/boot/slot-choice.ts';
import { slotFile, slotIsWhole } from '../../device/boot/slot-files.ts';
import { whichSlot } from '../../device/boot/which-slot.ts';
import { crc32 } from '../../device/flash/journal-format.ts';
import {
  markOf,
  mountStore,
  mountWorld,
  pressOf,
  testIdentity,
} from '../../device/flash/testing/flash-world.ts';
import { createNorFlash, type NorFlash } from '../../device/flash/testing/nor-flash.ts';
import takeOrders from '../../device/parts/order.ts';
import type { Hardware } from '../../device/ports.ts';
import type { OrderContext } from '../../device/update/context.ts';
import { UPDATE_CHUNK_BYTES } from '../../protocol/constants.ts';
import { deriveKeys, offerMac } from '../../protocol/keys.ts';
import type { Progress } from '../../protocol/messages.ts';
import { createFlashStorage, type FlashStorage } from '../espruino/flash-storage.ts';

const PAGE_BYTES = 4096;
const STORAGE_BYTES = 6 * PAGE_BYTES;
const BOOT_CODE = 'b'.repeat(PAGE_BYTES - 32);
const RECORDS = 40;
const BOARD = 'linux';
const MESSAGES_LIMIT = 100;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const handle = hex(testIdentity.handle);
const keys = deriveKeys({ key: testIdentity.key, deviceHandle: handle, gen: 1 });
const sha256 = (data: Uint8Array | string) =>
  new Uint8Array(
    createHash('sha256')
      .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
      .digest(),
  );

export interface UpdateWorld {
  flash: NorFlash;
  storage: FlashStorage;
  identityArea: { address: number; bytes: number };
  journalArea: { address: number; bytes: number };
}

export function createUpdateWorld(image?: Uint8Array): UpdateWorld {
  const flash = createNorFlash({
    bytes: 0x12000 + STORAGE_BYTES,
    pageBytes: PAGE_BYTES,
    ...(image && { image }),
  });
  return {
    flash,
    storage: createFlashStorage(flash, { address: 0x12000, bytes: STORAGE_BYTES }),
    identityArea: { address: 0, bytes: 0x2000 },
    journalArea: { address: 0x2000, bytes: 0x10000 },
  };
}

/** Manifest and files as the gateway sends them. */
export function makeImage(version: string): string {
  // Every byte value, a long run of what blank flash holds, and such an end.
  const js = Array.from({ length: 1300 }, (_, i) =>
    String.fromCharCode((i * 31 + version.charCodeAt(0)) & 255),
  );
  const files: Record<string, string> = {
    js: `${version}${js.join('')}${'\xff'.repeat(1400)}end`,
    assets: `assets ${version}${'\xff'.repeat(1300)}`,
  };
  const listed = Object.entries(files).map(([name, data]) => [name, data.length, hex(sha256(data))]);
  return `${JSON.stringify({ version, board: BOARD, files: listed })}\n${Object.values(files).join('')}`;
}

/** As provisioning leaves it, with presses that wait. */
export function installFirst(world: UpdateWorld, version: string): void {
  world.storage.write('.bootcde', BOOT_CODE);
  const image = makeImage(version);
  const line = image.slice(0, image.indexOf('\n') + 1);
  world.storage.write(slotFile('a', 'm'), line);
  let at = line.length;
  for (const [name, bytes] of JSON.parse(line).files as [string, number][]) {
    world.storage.write(slotFile('a', name), image.slice(at, at + bytes));
    at += bytes;
  }
  const { journal } = mountWorld(world);
  for (let mark = 1; mark <= RECORDS; mark++) journal.append(pressOf(mark));
}

export type Boot = { kind: 'runs'; slot: Slot; version: string } | { kind: 'recovery' | 'bare prompt' };

/** What the interpreter and `.bootcde` do after power on. */
export function boot(world: UpdateWorld): Boot {
  world.storage.checkAtStart();
  if (world.storage.read('.bootcde') !== BOOT_CODE) return { kind: 'bare prompt' };
  const slot = whichSlot(mountStore(world), (which) => slotIsWhole(world.storage.read, sha256, which));
  if (!slot) return { kind: 'recovery' };
  return { kind: 'runs', slot, version: JSON.parse(world.storage.read(slotFile(slot, 'm'))!).version };
}

/** Marks of the records that wait, in order. */
export function waitingMarks(world: UpdateWorld): number[] {
  const { journal } = mountWorld(world);
  const marks: number[] = [];
  for (let seq = journal.state().acked + 1; journal.firstFrom(seq)?.seq === seq; seq++)
    marks.push(markOf(journal.firstFrom(seq)!));
  return marks;
}
export const ALL_MARKS = Array.from({ length: RECORDS }, (_, index) => index + 1);

export interface Disturbance {
  /** Over what the offer says; the MAC is made after it unless it is given here. */
  offer?: object;
  /** What becomes of a chunk's fields. */
  chunk?: (fields: { offset: number; data: string }) => object;
  /** Chunks until the connection is gone. */
  limitChunks?: number;
}

/** Offers a version to what runs, sends what it asks for, and restarts it as it wants. All its reports. */
export function updateReports(
  world: UpdateWorld,
  running: { slot: Slot; version: string },
  { version, ...disturbance }: { version: string } & Disturbance,
): Progress[] {
  const reports: Progress[] = [];
  const take = takeOrders(contextOf(world, running, (report) => reports.push(report)));
  const image = makeImage(version);
  const offer = {
    version,
    board: BOARD,
    bytes: image.length,
    sha256: hex(sha256(image.slice(0, image.indexOf('\n') + 1))),
    forced: false,
    ...disturbance.offer,
  };
  let n = 0;
  take({ n: ++n, do: 'offer', mac: offerMac(keys, handle, offer), ...offer });
  while (reports.at(-1)?.state === 'ready' && n <= (disturbance.limitChunks ?? MESSAGES_LIMIT)) {
    const { offset } = reports.at(-1)!;
    const data = Buffer.from(image.slice(offset, offset + UPDATE_CHUNK_BYTES), 'latin1').toString('base64');
    const chunk = { offset, data, ...disturbance.chunk?.({ offset, data }) };
    take({ n: ++n, do: 'chunk', ...chunk });
  }
  return reports;
}

export const update = (
  world: UpdateWorld,
  running: { slot: Slot; version: string },
  version: string,
): Progress => updateReports(world, running, { version }).at(-1)!;

/** The gateway was heard: what runs stays. */
export function confirmRunning(world: UpdateWorld, running: { slot: Slot }): void {
  const store = mountStore(world);
  if (isOnTrial(store)) confirm(store, running.slot);
}

function contextOf(
  world: UpdateWorld,
  running: { slot: Slot; version: string },
  report: (progress: Progress) => void,
): OrderContext {
  const hardware = {
    board: BOARD,
    slot: running.slot,
    files: world.storage,
    storageReserveBytes: PAGE_BYTES,
    native: { sha256, crc32, fromBase64: (text: string) => Buffer.from(text, 'base64').toString('latin1') },
    timers: { uptimeMs: () => 0, after: () => 0, cancel: () => undefined },
    tell: () => undefined,
    compactAndRestart: world.storage.compact,
  } as unknown as Hardware;
  const { store, journal } = mountWorld(world);
  return {
    hardware,
    store,
    journal,
    identity: testIdentity,
    link: { send: (_kind: string, message: object) => report(message as Progress) } as never,
    version: running.version,
    atRest: () => true,
    restart: () => undefined,
    faulty: () => false,
  };
}

/** The gateway's order; refused while records wait. */
export function compact(world: UpdateWorld, running: { slot: Slot; version: string }): Progress {
  const reports: Progress[] = [];
  takeOrders(contextOf(world, running, (report) => reports.push(report)))({ n: 1, do: 'compact' });
  return reports.at(-1)!;
}

export function acknowledgeAll(world: UpdateWorld): void {
  const { journal } = mountWorld(world);
  journal.acknowledge(journal.state().next - 1);
}
