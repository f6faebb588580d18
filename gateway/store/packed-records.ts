// Records on their way to the writer's thread and what became of them on the way back, as bytes: copying objects
// between threads was measured to cost more than storing them. A run is the id of its first record, then the records,
// each of which begins as the body of its fact does; its answer is the same id, then what became of each.
import type { Commands } from './commands/commands.ts';
import { ReceivedRecord } from './received-record.ts';
import { RECORD_BODY_BYTES, readSigned, type SignedRecord } from './record-body.ts';

export type RecordIn = Commands['store-evaluation']['in'];
export type RecordOut = Commands['store-evaluation']['out'];

const DEVICE_LIMIT_BYTES = 32;
const RECEIVED_AT = RECORD_BODY_BYTES;
const DEVICE_AT = RECEIVED_AT + 6;
export const PACKED_RECORD_BYTES = DEVICE_AT + 1 + DEVICE_LIMIT_BYTES;

const STATES: RecordOut['state'][] = ['stored', 'known', 'quarantined', 'refused'];
const PACKED_RESULT_BYTES = 5;

const FIRST_ID_BYTES = 8;

/** Bytes of its own, as whoever sends it to another thread wants them. */
function runOf(firstId: number, of: Uint8Array): Uint8Array {
  const run = new Uint8Array(FIRST_ID_BYTES + of.length);
  new DataView(run.buffer).setFloat64(0, firstId);
  run.set(of, FIRST_ID_BYTES);
  return run;
}

export function firstIdOf(run: Uint8Array): number {
  return new DataView(run.buffer, run.byteOffset).getFloat64(0);
}

/** Of the first `count` records in `records`. */
export function packedRun(firstId: number, records: Uint8Array, count: number): Uint8Array {
  return runOf(firstId, records.subarray(0, count * PACKED_RECORD_BYTES));
}

/** Shares the bytes. */
export function recordsIn(run: Uint8Array): Uint8Array {
  return run.subarray(FIRST_ID_BYTES);
}

export function packRecord(into: Buffer, at: number, { device, body, receivedMs }: SignedRecord): void {
  into.set(body, at);
  into.writeUIntBE(receivedMs, at + RECEIVED_AT, 6);
  into[at + DEVICE_AT] = device.length;
  into.write(device, at + DEVICE_AT + 1, 'latin1');
}

export function countPacked(records: Uint8Array): number {
  return records.length / PACKED_RECORD_BYTES;
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

/** As the record before it: records of a device come in a row, and a text made for each costs more than this. */
function isOfSameDevice(from: Buffer, at: number): boolean {
  const first = at + DEVICE_AT;
  const last = first + from[first]!;
  for (let index = first; index <= last; index += 1)
    if (from[index] !== from[index - PACKED_RECORD_BYTES]) return false;
  return true;
}

const PART_RECORDS = 256;

/** Where the records of a command lie while it runs. */
export interface RecordPlaces {
  /** Those that were there before are not valid any more. */
  put(records: Uint8Array): void;
  at(index: number): ReceivedRecord;
}

/** Places are made once and used again: made for each record, they were most of the writer's garbage. */
export function makeRecordPlaces(): RecordPlaces {
  const parts: { bytes: Buffer; records: ReceivedRecord[] }[] = [];
  const makePart = () => {
    const bytes = Buffer.alloc(PART_RECORDS * PACKED_RECORD_BYTES);
    const bodyAt = (at: number) => bytes.subarray(at, at + RECORD_BODY_BYTES);
    const records = Array.from(
      { length: PART_RECORDS },
      (_, index) => new ReceivedRecord(bodyAt(index * PACKED_RECORD_BYTES)),
    );
    return { bytes, records };
  };
  return {
    put(all) {
      const count = countPacked(all);
      for (let first = 0; first < count; first += PART_RECORDS) {
        const part = first / PART_RECORDS;
        if (part === parts.length) parts.push(makePart());
        const { bytes, records } = parts[part]!;
        const last = Math.min(count, first + PART_RECORDS);
        bytes.set(all.subarray(first * PACKED_RECORD_BYTES, last * PACKED_RECORD_BYTES));
        let device = '';
        for (let index = 0; index < last - first; index += 1) {
          const at = index * PACKED_RECORD_BYTES;
          if (index === 0 || !isOfSameDevice(bytes, at)) device = deviceAt(bytes, at);
          records[index]!.read(device, bytes.readUIntBE(at + RECEIVED_AT, 6));
        }
      }
    },
    at: (index) => parts[Math.floor(index / PART_RECORDS)]!.records[index % PART_RECORDS]!,
  };
}

export function makePackedResults(count: number): Buffer {
  return Buffer.alloc(count * PACKED_RESULT_BYTES);
}

export function packResult(into: Buffer, index: number, { state, upTo }: RecordOut): void {
  const at = index * PACKED_RESULT_BYTES;
  into[at] = STATES.indexOf(state);
  into.writeUInt32BE(upTo, at + 1);
}

/** The answer to a run whose records are those from the first to before the last index. */
export function packedAnswer(firstId: number, results: Uint8Array, first: number, last: number): Uint8Array {
  return runOf(firstId, results.subarray(first * PACKED_RESULT_BYTES, last * PACKED_RESULT_BYTES));
}

/** Of an answer. */
export function unpackResult(answer: Uint8Array, index: number): RecordOut {
  const at = FIRST_ID_BYTES + index * PACKED_RESULT_BYTES;
  const upTo =
    ((answer[at + 1]! << 24) | (answer[at + 2]! << 16) | (answer[at + 3]! << 8) | answer[at + 4]!) >>> 0;
  return { state: STATES[answer[at]!]!, upTo };
}
