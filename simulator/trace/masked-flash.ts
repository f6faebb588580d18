// Raw flash of two runs compared byte by byte, but for what depends on the moment: in each sound record the uptime, the
// wall time and the checksum over them. Everything else, blank slots and pages included, must be the same.
import { crc32 } from '../../device/flash/journal-format.ts';
import {
  PAGE_HEADER_BYTES,
  SLOT_BYTES,
  slotSequence,
  slotsPerPage,
} from '../../device/flash/journal-layout.ts';
import { getRecordBody, putRecordBody } from '../../device/flash/record-body.ts';

const BODY_OFFSET = 2;
const CRC_OFFSET = 52;

/** A copy of the journal area with the times of every sound record as zeros. */
export function withoutTimes(journal: Uint8Array, pageBytes: number): Uint8Array {
  const image = journal.slice();
  for (let page = 0; page + pageBytes <= image.length; page += pageBytes) {
    for (let slot = 0; slot < slotsPerPage(pageBytes); slot++) {
      const at = page + PAGE_HEADER_BYTES + slot * SLOT_BYTES;
      const bytes = image.subarray(at, at + SLOT_BYTES);
      const seq = slotSequence(bytes, crc32);
      if (seq === 0) continue;
      const record = getRecordBody(bytes, BODY_OFFSET);
      putRecordBody({ bytes, offset: BODY_OFFSET, seq }, { ...record, uptimeMs: 0, wallMs: 0 });
      bytes.fill(0, CRC_OFFSET, CRC_OFFSET + 4);
    }
  }
  return image;
}
