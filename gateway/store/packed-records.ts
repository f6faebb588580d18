// Records on their way to the writer's thread and what became of them on the way back, as bytes: copying objects
// between threads was measured to cost more than storing them. Nothing here is kept anywhere.
import { EVALUATION_LAYOUT_BYTES, NO_HANDLE } from '../../protocol/constants.ts';
import { readEvaluationLayout, writeEvaluationLayout } from '../../protocol/layouts.ts';
import type { Commands } from './commands/commands.ts';

export type RecordIn = Commands['store-evaluation']['in'];
export type RecordOut = Commands['store-evaluation']['out'];

const SIGNATURE_BYTES = 32;
const DEVICE_LIMIT_BYTES = 32;
const SIGNATURE_AT = EVALUATION_LAYOUT_BYTES;
const RECEIVED_AT = SIGNATURE_AT + SIGNATURE_BYTES;
const DEVICE_AT = RECEIVED_AT + 6;
export const PACKED_RECORD_BYTES = DEVICE_AT + 1 + DEVICE_LIMIT_BYTES;

const STATES: RecordOut['state'][] = ['stored', 'known', 'quarantined', 'refused'];
const PACKED_RESULT_BYTES = 5;

export function packRecord(into: Buffer, at: number, { device, record, receivedMs }: RecordIn): void {
  writeEvaluationLayout(into, at, NO_HANDLE, record);
  into.write(record.sig, at + SIGNATURE_AT, 'hex');
  into.writeUIntBE(receivedMs, at + RECEIVED_AT, 6);
  into[at + DEVICE_AT] = device.length;
  into.write(device, at + DEVICE_AT + 1, 'latin1');
}

export function unpackRecord(from: Buffer, at: number): RecordIn {
  const deviceAt = at + DEVICE_AT + 1;
  return {
    device: from.toString('latin1', deviceAt, deviceAt + from[at + DEVICE_AT]!),
    record: {
      ...readEvaluationLayout(from, at),
      sig: from.toString('hex', at + SIGNATURE_AT, at + SIGNATURE_AT + SIGNATURE_BYTES),
    },
    receivedMs: from.readUIntBE(at + RECEIVED_AT, 6),
  };
}

export function packResults(results: readonly RecordOut[]): Uint8Array {
  const bytes = Buffer.from(new ArrayBuffer(results.length * PACKED_RESULT_BYTES));
  let at = 0;
  for (const { state, upTo } of results) {
    bytes[at] = STATES.indexOf(state);
    bytes.writeUInt32BE(upTo, at + 1);
    at += PACKED_RESULT_BYTES;
  }
  return bytes;
}

export function unpackResult(from: Uint8Array, index: number): RecordOut {
  const at = index * PACKED_RESULT_BYTES;
  const view = new DataView(from.buffer, from.byteOffset + at, PACKED_RESULT_BYTES);
  return { state: STATES[view.getUint8(0)]!, upTo: view.getUint32(1) };
}
