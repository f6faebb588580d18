// The journal of records in raw flash: appends with read-back, acknowledges by clearing one byte, never
// overwrites what was not acknowledged. Its pages are used in a ring in which one is always kept erased, and a
// page is erased only when its room is needed. Power may fail inside any write or erase.
import { MISSING_LIMIT_RANGES, SEQUENCE_MAX } from '../../protocol/constants.ts';
import type { AppendResult, Journal, JournalRecord, NewRecord } from '../contracts.ts';
import type { FlashArea, RawFlash } from '../ports.ts';
import type { Counters } from './counters.ts';
import { type Crc32, decodeSlot, encodeSlot, MARK_OFFSET, slotSequence } from './journal-layout.ts';
import type { mountJournal } from './journal-mount.ts';
import { createPages } from './journal-pages.ts';
import { addRange, countInRanges } from './ranges.ts';

/** The page written, the one kept erased, and one to free: with fewer in use nothing can be kept safely. */
const MIN_PAGES = 3;

export interface JournalOptions {
  flash: RawFlash;
  area: FlashArea;
  crc32: Crc32;
  counters: Counters;
  mount: typeof mountJournal;
}

export function createJournal(options: JournalOptions): Journal {
  const counters = options.counters;
  const pages = createPages({
    flash: options.flash,
    area: options.area,
    crc32: options.crc32,
    onFlashError: counters.countFlashError,
  });
  const place = options.mount({
    flash: options.flash,
    area: options.area,
    crc32: options.crc32,
    pages: pages,
    counters: counters,
  });
  const missing: [number, number][] = [];

  function oldest(): number {
    const page = pages.pageFrom(1);
    return page < 0 ? place.next : pages.bases[page]!;
  }

  function endOf(page: number): number {
    return page === place.page ? place.slot : pages.slots;
  }

  /** Steps round the ring from the page written to the page that holds the first unacknowledged record. */
  function freeSteps(): number {
    let held = place.page;
    if (place.acked + 1 < place.next) {
      held = pages.pageUpTo(place.acked + 1);
      if (held < 0) held = pages.pageFrom(1);
    }
    return held < 0 || held === place.page ? pages.count : (held - place.page + pages.count) % pages.count;
  }

  /** Steps to the next page in use after `steps`; the number of pages when there is none. */
  function usableStep(steps: number): number {
    do steps++;
    while (steps < pages.count && pages.retired[(place.page + steps) % pages.count]);
    return steps;
  }

  function usablePages(): number {
    return pages.retired.reduce((sum, flag) => sum - flag, pages.count);
  }

  /** Opens the erased page after having erased the one behind it. */
  function openNext(): 'open' | 'journal.full' | 'journal.flash' {
    while (usablePages() >= MIN_PAGES) {
      const toOpen = usableStep(0);
      const toErase = usableStep(toOpen);
      if (toErase >= freeSteps()) return 'journal.full';
      const page = (place.page + toOpen) % pages.count;
      if (!pages.makeBlank((place.page + toErase) % pages.count) || !pages.makeBlank(page)) continue;
      if (!pages.open(page, { base: place.next, acked: place.acked })) continue;
      if (pages.bases[place.page] === place.next) pages.bases[place.page] = 0;
      for (let step = 1; step < toOpen; step++) pages.bases[(place.page + step) % pages.count] = 0;
      place.page = page;
      place.slot = 0;
      counters.saveSequenceFloor(place.next + pages.slots);
      return 'open';
    }
    return 'journal.flash';
  }

  /** Slot of the newest sound record of a page with a sequence up to `seq`, −1 if there is none. */
  function slotUpTo(page: number, seq: number): number {
    const first = Math.min(seq - pages.bases[page]!, endOf(page));
    let found = -1;
    for (let slot = first; slot < endOf(page); slot++) {
      const at = pages.sequenceAt(page, slot);
      if (at > seq) break;
      if (at > 0) found = slot;
      if (at === seq) break;
    }
    for (let slot = first - 1; found < 0 && slot >= 0; slot--) if (pages.sequenceAt(page, slot)) found = slot;
    return found;
  }

  function retire(page: number): void {
    pages.retire(page);
    if (page === place.page) place.slot = pages.slots;
  }

  /** Ends: each turn uses up a slot, and each failure a page. */
  function append(record: NewRecord): AppendResult {
    if (place.next > SEQUENCE_MAX) return { ok: false, code: 'journal.full' };
    const data = encodeSlot(place.next, record, options.crc32);
    for (;;) {
      if (place.slot >= pages.slots) {
        const opened = openNext();
        if (opened !== 'open') return { ok: false, code: opened };
      }
      const slot = place.slot++;
      if (pages.slotIsBlank(place.page, slot)) {
        if (pages.writeSlot(place.page, slot, data)) return { ok: true, seq: place.next++ };
        pages.clearByte(place.page, slot, 0);
      } else if (pages.clearByte(place.page, slot, 0)) continue;
      retire(place.page);
    }
  }

  /** The last record of every page that is covered wholly is marked too: mounting searches by it. */
  function acknowledge(upTo: number): void {
    const seq = Math.min(upTo, place.next - 1);
    if (seq <= place.acked) return;
    let page = pages.pageUpTo(place.acked + 1);
    if (page < 0) page = pages.pageFrom(1);
    while (page >= 0 && pages.bases[page]! <= seq) {
      const after = pages.pageFrom(pages.bases[page]! + 1);
      const slot = slotUpTo(page, after < 0 ? seq : Math.min(seq, pages.bases[after]! - 1));
      if (slot >= 0 && !pages.clearByte(page, slot, MARK_OFFSET)) retire(page);
      page = after;
    }
    place.acked = seq;
  }

  function firstFrom(from: number): JournalRecord | undefined {
    const first = Math.max(from, oldest());
    let page = pages.pageUpTo(first);
    while (page >= 0) {
      for (let slot = Math.max(0, first - pages.bases[page]!); slot < endOf(page); slot++) {
        const bytes = pages.readSlot(page, slot);
        const seq = slotSequence(bytes, options.crc32);
        if (seq < first) continue;
        addRange(missing, first, seq - 1, MISSING_LIMIT_RANGES);
        return decodeSlot(bytes);
      }
      page = pages.pageFrom(pages.bases[page]! + 1);
    }
    addRange(missing, first, place.next - 1, MISSING_LIMIT_RANGES);
    return undefined;
  }

  return {
    state() {
      const start = oldest();
      const unsentFrom = Math.max(place.acked + 1, start);
      const unsent = place.next - unsentFrom - countInRanges(missing, unsentFrom);
      const limit = freeSteps();
      let room = pages.retired[place.page] ? 0 : pages.slots - place.slot;
      for (let step = usableStep(usableStep(0)); step < limit; step = usableStep(step)) room += pages.slots;
      return {
        acked: place.acked,
        oldest: start,
        next: place.next,
        unsent: unsent,
        capacity: unsent + room,
        missing: missing.map((range) => [range[0], range[1]]),
        flashErrors: counters.flashErrors(),
      };
    },
    append: append,
    acknowledge: acknowledge,
    firstFrom: firstFrom,
  };
}
