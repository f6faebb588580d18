// An evaluator's journal as it lies in raw flash, read a second time from its documented layout (16 bytes of page
// header, slots of 56 bytes: length 50, acknowledgement mark, body, CRC-32), without the firmware's code.
import { crc32 } from 'node:zlib';
import type { DeviceArtefact } from '../../world/artefacts.ts';

const HEADER_BYTES = 16;
const SLOT_BYTES = 56;
const BODY_BYTES = 50;
const BODY_AT = 2;
const CRC_AT = BODY_AT + BODY_BYTES;

export interface FlashRecord {
  seq: number;
  boot: number;
  uptimeMs: number;
  /** 0 without a clock. */
  wallMs: number;
  /** 16 hexadecimal digits. */
  invitation: string;
  staff: string;
  flags: number;
  gen: number;
  kind: number;
  level: number;
  acked: boolean;
}

export interface FlashJournal {
  /** Sound records, by sequence. */
  records: Map<number, FlashRecord>;
  /** Slots that are neither blank nor sound, and bear a sequence of a sound one with other content. */
  conflicts: number[];
  acked: number;
}

export function journalOf(device: DeviceArtefact): FlashJournal {
  const { offset, bytes } = device.journal;
  const area = Buffer.from(device.flash.buffer, device.flash.byteOffset + offset, bytes);
  const records = new Map<number, FlashRecord>();
  const conflicts: number[] = [];
  let acked = 0;
  for (let page = 0; page + device.pageBytes <= bytes; page += device.pageBytes) {
    acked = Math.max(acked, ackedOfHeader(area.subarray(page, page + HEADER_BYTES)));
    const end = page + device.pageBytes;
    for (let at = page + HEADER_BYTES; at + SLOT_BYTES <= end; at += SLOT_BYTES) {
      const slot = area.subarray(at, at + SLOT_BYTES);
      if (slot[0] !== BODY_BYTES || slot.readUInt32BE(CRC_AT) !== crc32(slot.subarray(BODY_AT, CRC_AT)))
        continue;
      const record = recordOf(slot.subarray(BODY_AT, CRC_AT));
      if (slot[1] === 0) acked = Math.max(acked, record.seq);
      const other = records.get(record.seq);
      if (other && JSON.stringify(other) !== JSON.stringify(record)) conflicts.push(record.seq);
      records.set(record.seq, record);
    }
  }
  for (const record of records.values()) record.acked = record.seq <= acked;
  return { records, conflicts, acked };
}

/** 0 where the header is not sound. */
function ackedOfHeader(header: Buffer): number {
  const covered = Buffer.concat([header.subarray(0, 3), header.subarray(4, 12)]);
  const isSound = header.toString('latin1', 0, 2) === 'PJ' && header.readUInt32BE(12) === crc32(covered);
  return isSound ? header.readUInt32BE(8) : 0;
}

function recordOf(body: Buffer): FlashRecord {
  return {
    seq: body.readUInt32BE(0),
    boot: body.readUInt32BE(4),
    uptimeMs: body.readUIntBE(8, 6),
    wallMs: body.readUIntBE(14, 6),
    invitation: body.toString('hex', 20, 28),
    staff: body.toString('hex', 28, 36),
    flags: body.readUInt16BE(36),
    gen: body[38]!,
    kind: body[39]!,
    level: body[40]!,
    acked: false,
  };
}
