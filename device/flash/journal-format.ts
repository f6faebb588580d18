// Reads a whole image of the journal area at once: for tests, the simulator and whoever examines a board's
// flash on a PC. Not part of the firmware; it repeats none of the journal's choices, it only lists what is sound.
import type { JournalRecord } from '../contracts.ts';
import {
  decodeHeader,
  decodeSlot,
  isRetired,
  MARK_OFFSET,
  PAGE_HEADER_BYTES,
  SLOT_BYTES,
  slotSequence,
  slotsPerPage,
} from './journal-layout.ts';

export interface JournalImage {
  /** By sequence, each once. */
  records: (JournalRecord & { acked: boolean })[];
  acked: number;
  retiredPages: number[];
}

export function readJournalImage(image: Uint8Array, pageBytes: number): JournalImage {
  const found = new Map<number, JournalRecord>();
  const retiredPages: number[] = [];
  let acked = 0;
  for (let page = 0; (page + 1) * pageBytes <= image.length; page++) {
    const bytes = image.subarray(page * pageBytes, (page + 1) * pageBytes);
    const header = decodeHeader(bytes, crc32);
    if (isRetired(bytes)) retiredPages.push(page);
    if (header) acked = Math.max(acked, header.acked);
    for (let slot = 0; slot < slotsPerPage(pageBytes); slot++) {
      const at = PAGE_HEADER_BYTES + slot * SLOT_BYTES;
      const slotBytes = bytes.subarray(at, at + SLOT_BYTES);
      const seq = slotSequence(slotBytes, crc32);
      if (seq === 0) continue;
      if (slotBytes[MARK_OFFSET] === 0) acked = Math.max(acked, seq);
      found.set(seq, decodeSlot(slotBytes));
    }
  }
  const records = [...found.values()].sort((a, b) => a.seq - b.seq);
  return { records: records.map((r) => ({ ...r, acked: r.seq <= acked })), acked, retiredPages };
}

/** CRC-32 (ISO-HDLC), as the interpreter's E.CRC32. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
