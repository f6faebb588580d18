// A board's raw flash with an identity area and a journal area, mounted as the firmware mounts them. For tests.
import type { Identity, Journal, NewRecord } from '../../contracts.ts';
import type { FlashArea } from '../../ports.ts';
import { createIdentityStore, type IdentityStore } from '../identity.ts';
import { createJournal } from '../journal.ts';
import { crc32, type JournalImage, readJournalImage } from '../journal-format.ts';
import { mountJournal } from '../journal-mount.ts';
import { createNorFlash, type NorFlash } from './nor-flash.ts';

export interface FlashWorld {
  flash: NorFlash;
  identityArea: FlashArea;
  journalArea: FlashArea;
}

/** The areas of a board, one after the other from address 0. */
export function createFlashWorld(pageBytes: 1024 | 4096, image?: Uint8Array): FlashWorld {
  const flash = createNorFlash({ bytes: 0x12000, pageBytes, ...(image && { image }) });
  return {
    flash,
    identityArea: { address: 0, bytes: 0x2000 },
    journalArea: { address: 0x2000, bytes: 0x10000 },
  };
}

export const testIdentity: Identity = {
  hall: 'harbin',
  device: 'a03',
  handle: Uint8Array.from([1, 35, 69, 103, 137, 171, 205, 239]),
  key: Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + 3) & 255),
  gen: 1,
};

export interface Mounted {
  store: IdentityStore;
  journal: Journal;
  boot: number;
}

export function mountStore(world: FlashWorld): IdentityStore {
  return createIdentityStore({ flash: world.flash, area: world.identityArea, crc32 });
}

/** As at a start: identity, boot number, journal. */
export function mountWorld(world: FlashWorld): Mounted {
  const store = mountStore(world);
  if (!store.identity()) store.writeIdentity(testIdentity);
  const boot = store.beginBoot();
  const journal = createJournal({
    flash: world.flash,
    area: world.journalArea,
    crc32,
    counters: store,
    mount: mountJournal,
  });
  return { store, journal, boot };
}

export function imageOf(world: FlashWorld): JournalImage {
  const { address, bytes } = world.journalArea;
  return readJournalImage(world.flash.image.subarray(address, address + bytes), world.flash.pageBytes);
}

/** A press that can be told from every other by `mark`. */
export function pressOf(mark: number): NewRecord {
  return {
    kind: 1,
    boot: 1,
    uptimeMs: mark,
    wallMs: 1_770_966_000_000 + mark,
    level: ((mark % 5) + 1) as NewRecord['level'],
    reasons: [],
    invitation: Uint8Array.from([0, 0, 0, 0, 0, 0, mark >> 8, mark & 255]),
    staff: new Uint8Array(8).fill(7),
    flags: 4,
    gen: 1,
  };
}

export function markOf(record: NewRecord): number {
  return record.uptimeMs;
}

/** A small generator for tests: the same seed, the same numbers from 0 to below `limit`. */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
