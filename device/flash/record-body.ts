// The 50 bytes of a record, the same in flash and at the end of the layout that is signed (offset 16 there, see
// protocol/README.md). Numbers are big-endian. Whether the bytes are sound is the caller's to know.
import { REASONS_LIMIT } from '../../protocol/constants.ts';
import type { JournalRecord, NewRecord } from '../contracts.ts';
import { getUint, putUint } from './bytes.ts';

export const RECORD_BODY_BYTES = 50;

interface BodyTarget {
  bytes: Uint8Array;
  offset: number;
  seq: number;
}

export function putRecordBody(target: BodyTarget, record: NewRecord): void {
  const bytes = target.bytes;
  const at = target.offset;
  putUint(bytes, at, 4, target.seq);
  putUint(bytes, at + 4, 4, record.boot);
  putUint(bytes, at + 8, 6, record.uptimeMs);
  putUint(bytes, at + 14, 6, record.wallMs);
  bytes.set(record.invitation, at + 20);
  bytes.set(record.staff, at + 28);
  putUint(bytes, at + 36, 2, record.flags);
  bytes[at + 38] = record.gen;
  bytes[at + 39] = record.kind;
  bytes[at + 40] = record.level;
  bytes[at + 41] = record.reasons.length;
  for (let i = 0; i < REASONS_LIMIT; i++) putUint(bytes, at + 42 + 2 * i, 2, record.reasons[i] || 0);
}

export function getRecordBody(bytes: Uint8Array, at: number): JournalRecord {
  const reasons: number[] = [];
  for (let i = 0; i < bytes[at + 41]! && i < REASONS_LIMIT; i++)
    reasons.push(getUint(bytes, at + 42 + 2 * i, 2));
  return {
    seq: getUint(bytes, at, 4),
    kind: bytes[at + 39]!,
    boot: getUint(bytes, at + 4, 4),
    uptimeMs: getUint(bytes, at + 8, 6),
    wallMs: getUint(bytes, at + 14, 6),
    level: bytes[at + 40]! as JournalRecord['level'],
    reasons: reasons,
    invitation: bytes.subarray(at + 20, at + 28),
    staff: bytes.subarray(at + 28, at + 36),
    flags: getUint(bytes, at + 36, 2),
    gen: bytes[at + 38]!,
  };
}
