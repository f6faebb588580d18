// Flash whose bits have gone while nobody looked: in slots of a journal that were erased, or in one record. Nothing
// tells the evaluator; it must see by itself that what it reads is not what was written.
import { PAGE_HEADER_BYTES, SLOT_BYTES } from '../../device/flash/journal-layout.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { Random } from '../people/random.ts';
import { makeDraws } from './draws.ts';

const SEQUENCE_AT = 2;
const BODY = { at: SEQUENCE_AT, bytes: 50 };
const ERASED = 0xff;
/** Of a record: enough to reach several of its fields. */
const BYTES_OF_RECORD = 10;
const BLANK_SLOTS_LIMIT = 12;

/** Of the journal in a chip's image. */
function slotsOf(image: Uint8Array): Uint8Array[] {
  const { offset, bytes } = LINUX.journal;
  const slots: Uint8Array[] = [];
  for (let page = offset; page < offset + bytes; page += LINUX.pageBytes)
    for (let at = page + PAGE_HEADER_BYTES; at + SLOT_BYTES <= page + LINUX.pageBytes; at += SLOT_BYTES)
      slots.push(image.subarray(at, at + SLOT_BYTES));
  return slots;
}

/** Some slots in which nothing is written lose a few bits each. */
export function rotErased(image: Uint8Array, random: Random): void {
  const { below, pick } = makeDraws(random);
  const blank = slotsOf(image).filter((slot) => slot.every((byte) => byte === ERASED));
  for (let count = Math.min(BLANK_SLOTS_LIMIT, blank.length); count > 0; count -= 1) {
    const slot = pick(blank);
    // A length that is still blank, or one that is not.
    const at = below(3) === 0 ? 0 : below(SLOT_BYTES);
    slot[at] = slot[at]! & ~(1 << below(8));
  }
}

/** Throws when the record is not there. */
export function rotRecord(image: Uint8Array, seq: number, random: Random): void {
  const { below } = makeDraws(random);
  const slot = slotsOf(image).find(
    (bytes) =>
      bytes[0] === BODY.bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(SEQUENCE_AT) === seq,
  );
  if (!slot) throw new Error(`no record ${seq} in this flash`);
  for (let count = BYTES_OF_RECORD; count > 0; count -= 1) {
    const at = BODY.at + below(BODY.bytes);
    slot[at] = slot[at]! ^ (1 << below(8));
  }
}
