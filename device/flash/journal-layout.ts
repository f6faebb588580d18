// How the journal lies in raw flash: page header, record slots, marks. Encodes and checks single headers and
// slots; the checksum is given by the caller. Reads nothing and writes nothing itself.
//
// Page:   0 'PJ', 2 version, 3 status (0 taken out of use), 4 first sequence, 8 acknowledged at opening,
//         12 CRC32 of bytes 0–2 and 4–11; then slots of 56 bytes.
// Slot:   0 length (50; 0 = dead), 1 mark (0 = acknowledged up to here), 2 body, 52 CRC32 of the body.
// Bits are only ever cleared; a slot that is neither blank nor sound is skipped.
import type { JournalRecord, NewRecord } from '../contracts.ts';
import { getUint, putUint } from './bytes.ts';
import { getRecordBody, putRecordBody, RECORD_BODY_BYTES } from './record-body.ts';

export const PAGE_HEADER_BYTES = 16;
export const SLOT_BYTES = 56;
export const MARK_OFFSET = 1;
const BODY_OFFSET = 2;
const SLOT_CRC_OFFSET = 52;
const VERSION = 1;

export type Crc32 = (bytes: Uint8Array) => number;

export function slotsPerPage(pageBytes: number): number {
  return Math.floor((pageBytes - PAGE_HEADER_BYTES) / SLOT_BYTES);
}

export interface PageHeader {
  /** Sequence that the first record of the page gets. */
  base: number;
  /** Acknowledged sequence when the page was opened. */
  acked: number;
}

/** The checksum skips the status byte, which is cleared later. */
function headerCrc(bytes: Uint8Array, crc32: Crc32): number {
  const covered = new Uint8Array(11);
  covered.set(bytes.subarray(0, 3), 0);
  covered.set(bytes.subarray(4, 12), 3);
  return crc32(covered);
}

export function encodeHeader(header: PageHeader, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(PAGE_HEADER_BYTES);
  putUint(bytes, 0, 4, 0x504a00ff + VERSION * 256);
  putUint(bytes, 4, 4, header.base);
  putUint(bytes, 8, 4, header.acked);
  putUint(bytes, 12, 4, headerCrc(bytes, crc32));
  return bytes;
}

export function decodeHeader(bytes: Uint8Array, crc32: Crc32): PageHeader | undefined {
  if (getUint(bytes, 0, 3) !== 0x504a00 + VERSION) return undefined;
  if (getUint(bytes, 12, 4) !== headerCrc(bytes, crc32)) return undefined;
  return { base: getUint(bytes, 4, 4), acked: getUint(bytes, 8, 4) };
}

/** What makes a page taken out of use, whether or not the rest of its header is sound. */
export function isRetired(bytes: Uint8Array): boolean {
  return getUint(bytes, 0, 4) === 0x504a0000 + VERSION * 256;
}
export function retiredMark(): Uint8Array {
  const bytes = new Uint8Array(4);
  putUint(bytes, 0, 4, 0x504a0000 + VERSION * 256);
  return bytes;
}

export function encodeSlot(seq: number, record: NewRecord, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES);
  bytes[0] = RECORD_BODY_BYTES;
  bytes[MARK_OFFSET] = 0xff;
  putRecordBody({ bytes: bytes, offset: BODY_OFFSET, seq: seq }, record);
  putUint(bytes, SLOT_CRC_OFFSET, 4, crc32(bytes.subarray(BODY_OFFSET, SLOT_CRC_OFFSET)));
  return bytes;
}

/** Sequence of a sound slot, 0 for any other. */
export function slotSequence(bytes: Uint8Array, crc32: Crc32): number {
  if (bytes[0] !== RECORD_BODY_BYTES) return 0;
  if (getUint(bytes, SLOT_CRC_OFFSET, 4) !== crc32(bytes.subarray(BODY_OFFSET, SLOT_CRC_OFFSET))) return 0;
  return getUint(bytes, BODY_OFFSET, 4);
}

export function decodeSlot(bytes: Uint8Array): JournalRecord {
  return getRecordBody(bytes, BODY_OFFSET);
}
