// Finds out after a start where the journal goes on: which pages keep what, the next sequence, what was
// acknowledged. Reads headers, then only the slots these leave open; writes only to kill a torn slot. Only starting
// needs it: the firmware has it from a part and lets it go.
import type { FlashArea, RawFlash } from '../ports.ts';
import type { Counters } from './counters.ts';
import {
  type Crc32,
  decodeHeader,
  isRetired,
  MARK_OFFSET,
  PAGE_HEADER_BYTES,
  type PageHeader,
  SLOT_BYTES,
} from './journal-layout.ts';
import type { JournalPages } from './journal-pages.ts';

/** Where the journal stands. */
export interface JournalPlace {
  /** The page written to. */
  page: number;
  /** Its next slot; the number of slots when the page takes no more. */
  slot: number;
  /** Sequence of the next record. */
  next: number;
  /** Highest acknowledged sequence, 0 if none is known. */
  acked: number;
}

export interface MountOptions {
  flash: Pick<RawFlash, 'pageBytes' | 'read'>;
  area: FlashArea;
  crc32: Crc32;
  /** Their `bases` and `retired` are filled in. */
  pages: JournalPages;
  counters: Counters;
}

export function mountJournal(options: MountOptions): JournalPlace {
  const flash = options.flash;
  const crc32 = options.crc32;
  const pages = options.pages;
  const bases = pages.bases;

  const headerBytes = (page: number) =>
    flash.read(options.area.address + page * flash.pageBytes, PAGE_HEADER_BYTES);

  /** First byte of a slot: 255 when nothing was written. */
  const lengthAt = (page: number, slot: number) =>
    flash.read(options.area.address + page * flash.pageBytes + PAGE_HEADER_BYTES + slot * SLOT_BYTES, 1)[0]!;

  /** Into `bases` and `retired`. */
  function readHeader(page: number): PageHeader | undefined {
    const bytes = headerBytes(page);
    const header = decodeHeader(bytes, crc32);
    pages.retired[page] = isRetired(bytes) ? 1 : 0;
    bases[page] = header ? header.base : 0;
    return header;
  }

  /**
   * Slot of the last sound record, −1 if there is none. Looked for from the end: a blank slot that rotted is passed
   * over, and what is written next leaves blank ones before it.
   */
  function lastSlot(page: number): number {
    let slot = pages.slots - 1;
    while (slot >= 0 && (lengthAt(page, slot) === 255 || pages.sequenceAt(page, slot) === 0)) slot--;
    return slot;
  }

  const lastSequence = (page: number) => {
    const slot = lastSlot(page);
    return slot < 0 ? 0 : pages.sequenceAt(page, slot);
  };

  /**
   * A page whose header is damaged says by its records what it keeps; nothing more is written to it. One that
   * begins blank keeps nothing.
   */
  function salvage(page: number): void {
    if (headerBytes(page).every((byte) => byte === 255)) return;
    for (let slot = 0; slot < pages.slots && bases[page] === 0; slot++)
      bases[page] = pages.sequenceAt(page, slot);
  }

  /** The ring goes upwards to the newest page: what does not was left behind by pages taken out of use. */
  function dropStale(newest: number): void {
    let before = -1;
    for (let step = 1; step <= pages.count; step++) {
      const page = (newest + step) % pages.count;
      if (bases[page] === 0) continue;
      if (before >= 0 && bases[page]! <= bases[before]!) {
        if (bases[page] === bases[before] && lastSequence(page) > 0) bases[before] = 0;
        else {
          bases[page] = 0;
          continue;
        }
      }
      before = page;
    }
  }

  /** The page with the highest first sequence; of two alike, the one that has more records. */
  function newestPage(): number {
    let newest = -1;
    for (let page = 0; page < pages.count; page++) {
      if (bases[page] === 0) continue;
      if (newest < 0 || bases[page]! > bases[newest]!) newest = page;
      else if (bases[page] === bases[newest]) {
        const better = lastSequence(page) > lastSequence(newest);
        bases[better ? newest : page] = 0;
        if (better) newest = page;
      }
    }
    return newest;
  }

  function findAcked(newest: number, atLeast: number): number {
    let acked = atLeast;
    let later = -1;
    for (let page = newest; page >= 0; page = pages.pageUpTo(bases[page]! - 1)) {
      const slot = lastSlot(page);
      if (slot >= 0) {
        const bytes = pages.readSlot(page, slot);
        const seq = pages.sequenceAt(page, slot);
        if (bytes[MARK_OFFSET] === 0 || seq <= acked) {
          acked = Math.max(acked, seq);
          break;
        }
      }
      later = page;
    }
    for (let slot = later < 0 ? -1 : lastSlot(later); slot >= 0; slot--)
      if (pages.readSlot(later, slot)[MARK_OFFSET] === 0) {
        const seq = pages.sequenceAt(later, slot);
        if (seq > 0) return Math.max(acked, seq);
      }
    return acked;
  }

  for (let page = 0; page < pages.count; page++) if (!readHeader(page)) salvage(page);

  const floor = options.counters.sequenceFloor();
  let newest = newestPage();
  if (newest < 0) return { page: pages.count - 1, slot: pages.slots, next: floor, acked: 0 };
  dropStale(newest);

  // Sequences from here on were never reserved for a page that can be read.
  const reserved = bases[newest]! + pages.slots;
  let next = Math.max(bases[newest]!, lastSequence(newest) + 1);
  let closed = floor > reserved;
  const before = pages.pageUpTo(bases[newest]! - 1);
  const lastBefore = before < 0 ? 0 : lastSequence(before);
  if (lastBefore >= next) {
    // The write that failed there was tried again here, and the power went in between.
    bases[newest] = 0;
    newest = before;
    next = lastBefore + 1;
    closed = true;
  }
  if (floor > reserved) next = floor;
  const header = decodeHeader(headerBytes(newest), crc32);
  if (!header || pages.retired[newest]) closed = true;
  if (!closed && floor < reserved) options.counters.saveSequenceFloor(reserved);

  let slot = pages.slots;
  if (!closed) {
    while (slot > 0 && lengthAt(newest, slot - 1) === 255) slot--;
    if (slot > 0 && pages.sequenceAt(newest, slot - 1) === 0) pages.clearByte(newest, slot - 1, 0);
  }
  return { page: newest, slot: slot, next: next, acked: findAcked(newest, header ? header.acked : 0) };
}
