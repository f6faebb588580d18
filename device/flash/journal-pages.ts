// The journal's pages: reads slots, writes and erases with read-back, takes bad pages out of use, and knows
// which page keeps which sequences. What to write when is the journal's business.
import type { FlashArea, RawFlash } from '../ports.ts';
import {
  type Crc32,
  encodeHeader,
  PAGE_HEADER_BYTES,
  type PageHeader,
  retiredMark,
  SLOT_BYTES,
  slotSequence,
  slotsPerPage,
} from './journal-layout.ts';

const BLANK_CHECK_BYTES = 256;

export interface PagesOptions {
  flash: RawFlash;
  area: FlashArea;
  crc32: Crc32;
  onFlashError(): void;
}

export interface JournalPages {
  count: number;
  slots: number;
  /** First sequence of each page that keeps records, else 0. */
  bases: Uint32Array;
  /** 1 for a page taken out of use; what it keeps stays readable. */
  retired: Uint8Array;
  readSlot(page: number, slot: number): Uint8Array;
  /** Sequence of a sound slot, else 0. */
  sequenceAt(page: number, slot: number): number;
  /** False when it does not read back. */
  writeSlot(page: number, slot: number, data: Uint8Array): boolean;
  /** Clears one byte of a slot. False when it does not read back. */
  clearByte(page: number, slot: number, offset: number): boolean;
  slotIsBlank(page: number, slot: number): boolean;
  /** Erases unless erased already. A page that cannot be erased is taken out of use: false. */
  makeBlank(page: number): boolean;
  /** Writes the header of a blank page. False when it does not read back; the page is then out of use. */
  open(page: number, header: PageHeader): boolean;
  retire(page: number): void;
  /** Page with the greatest first sequence up to `seq`, −1 if there is none. */
  pageUpTo(seq: number): number;
  /** Page with the smallest first sequence from `seq` on, −1 if there is none. */
  pageFrom(seq: number): number;
}

export function createPages(options: PagesOptions): JournalPages {
  const flash = options.flash;
  const crc32 = options.crc32;
  const count = Math.floor(options.area.bytes / flash.pageBytes);
  const slots = slotsPerPage(flash.pageBytes);
  const bases = new Uint32Array(count);
  const retired = new Uint8Array(count);

  const pageAddress = (page: number) => options.area.address + page * flash.pageBytes;
  const slotAddress = (page: number, slot: number) =>
    pageAddress(page) + PAGE_HEADER_BYTES + slot * SLOT_BYTES;

  function isBlank(address: number, length: number): boolean {
    return crc32(flash.read(address, length)) === crc32(new Uint8Array(length).fill(255));
  }

  function writeVerified(address: number, data: Uint8Array): boolean {
    flash.write(address, data);
    if (crc32(flash.read(address, data.length)) === crc32(data)) return true;
    options.onFlashError();
    return false;
  }

  function pageIsBlank(page: number): boolean {
    for (let at = 0; at < flash.pageBytes; at += BLANK_CHECK_BYTES)
      if (!isBlank(pageAddress(page) + at, BLANK_CHECK_BYTES)) return false;
    return true;
  }

  const pages: JournalPages = {
    count: count,
    slots: slots,
    bases: bases,
    retired: retired,
    readSlot(page, slot) {
      return flash.read(slotAddress(page, slot), SLOT_BYTES);
    },
    sequenceAt(page, slot) {
      return slotSequence(pages.readSlot(page, slot), crc32);
    },
    writeSlot(page, slot, data) {
      return writeVerified(slotAddress(page, slot), data);
    },
    clearByte(page, slot, offset) {
      return writeVerified(slotAddress(page, slot) + offset, new Uint8Array(1));
    },
    slotIsBlank(page, slot) {
      return isBlank(slotAddress(page, slot), SLOT_BYTES);
    },
    makeBlank(page) {
      bases[page] = 0;
      if (pageIsBlank(page)) return true;
      flash.erasePage(pageAddress(page));
      if (pageIsBlank(page)) return true;
      options.onFlashError();
      pages.retire(page);
      return false;
    },
    open(page, header) {
      if (!writeVerified(pageAddress(page), encodeHeader(header, crc32))) {
        pages.retire(page);
        return false;
      }
      bases[page] = header.base;
      return true;
    },
    retire(page) {
      retired[page] = 1;
      flash.write(pageAddress(page), retiredMark());
    },
    pageUpTo(seq) {
      let best = -1;
      for (let page = 0; page < count; page++)
        if (bases[page]! > 0 && bases[page]! <= seq && (best < 0 || bases[page]! > bases[best]!)) best = page;
      return best;
    },
    pageFrom(seq) {
      let best = -1;
      for (let page = 0; page < count; page++)
        if (bases[page]! > 0 && bases[page]! >= seq && (best < 0 || bases[page]! < bases[best]!)) best = page;
      return best;
    },
  };
  return pages;
}
