// Records on their way to the writer's thread and what became of them on the way back, as bytes: copying objects
// between threads was measured to cost more than storing them. Each begins as the body of its fact does.
import type { Commands } from './commands/commands.ts';
import { type ReceivedRecord, receivedRecord } from './received-record.ts';
import { RECORD_BODY_BYTES, readSigned, type SignedRecord } from './record-body.ts';

export type RecordIn = Commands['store-evaluation']['in'];
export type RecordOut = Commands['store-evaluation']['out'];

const DEVICE_LIMIT_BYTES = 32;
const RECEIVED_AT = RECORD_BODY_BYTES;
const DEVICE_AT = RECEIVED_AT + 6;
export const PACKED_RECORD_BYTES = DEVICE_AT + 1 + DEVICE_LIMIT_BYTES;

const STATES: RecordOut['state'][] = ['stored', 'known', 'quarantined', 'refused'];
const PACKED_RESULT_BYTES = 5;

export function packRecord(into: Buffer, at: number, { device, body, receivedMs }: SignedRecord): void {
  into.set(body, at);
  into.writeUIntBE(receivedMs, at + RECEIVED_AT, 6);
  into[at + DEVICE_AT] = device.length;
  into.write(device, at + DEVICE_AT + 1, 'latin1');
}

export function countPacked(records: Uint8Array): number {
  return records.length / PACKED_RECORD_BYTES;
}

/** Shares the bytes. */
export function packedRecordAt(from: Buffer, index: number): ReceivedRecord {
  const at = index * PACKED_RECORD_BYTES;
  const receivedMs = from.readUIntBE(at + RECEIVED_AT, 6);
  return receivedRecord(deviceAt(from, at), receivedMs, from.subarray(at, at + RECORD_BODY_BYTES));
}

export function unpackRecord(from: Buffer, index: number): RecordIn {
  const at = index * PACKED_RECORD_BYTES;
  return {
    device: deviceAt(from, at),
    record: readSigned(from, at),
    receivedMs: from.readUIntBE(at + RECEIVED_AT, 6),
  };
}

function deviceAt(from: Buffer, at: number): string {
  const deviceAt = at + DEVICE_AT + 1;
  return from.toString('latin1', deviceAt, deviceAt + from[at + DEVICE_AT]!);
}

export function makePackedResults(count: number): Buffer {
  return Buffer.from(new ArrayBuffer(count * PACKED_RESULT_BYTES));
}

export function packResult(into: Buffer, index: number, { state, upTo }: RecordOut): void {
  const at = index * PACKED_RESULT_BYTES;
  into[at] = STATES.indexOf(state);
  into.writeUInt32BE(upTo, at + 1);
}

/** Of the records from the first to before the last index, with bytes of their own. */
export function packedResultsIn(from: Uint8Array, first: number, last: number): Uint8Array {
  return Uint8Array.prototype.slice.call(from, first * PACKED_RESULT_BYTES, last * PACKED_RESULT_BYTES);
}

export function unpackResult(from: Uint8Array, index: number): RecordOut {
  const at = index * PACKED_RESULT_BYTES;
  const upTo = ((from[at + 1]! << 24) | (from[at + 2]! << 16) | (from[at + 3]! << 8) | from[at + 4]!) >>> 0;
  return { state: STATES[from[at]!]!, upTo };
}
