// The body of the fact of a record, in bytes: what its evaluator signed as it was signed, the signature, and the time
// that was worked out on arrival. A third of the same in JSON, and nothing has to be written anew to check it.
import { EVALUATION_LAYOUT_BYTES, NO_HANDLE } from '../../protocol/constants.ts';
import { readEvaluationLayout, writeEvaluationLayout } from '../../protocol/layouts.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import type { TimeDoubt } from '../core/press-time.ts';

export const SIGNATURE_BYTES = 32;
export const SIGNATURE_AT = EVALUATION_LAYOUT_BYTES;
const PRESSED_AT = SIGNATURE_AT + SIGNATURE_BYTES;
const UNTIL_AT = PRESSED_AT + 8;
const DOUBT_AT = UNTIL_AT + 8;
export const RECORD_BODY_BYTES = DOUBT_AT + 1;

const DOUBTS: readonly (TimeDoubt | undefined)[] = [undefined, 'future', 'before-boot'];

export interface WorkedOutTime {
  pressedMs: number;
  /** Null when the time is known. */
  untilMs: number | null;
  doubt: TimeDoubt | undefined;
}

/** `deviceHandle` is 16 hexadecimal digits. */
export function writeSigned(into: Buffer, at: number, deviceHandle: string, record: Evaluation): void {
  writeEvaluationLayout(into, at, deviceHandle, record);
  into.write(record.sig, at + SIGNATURE_AT, 'hex');
}

export function writeWorkedOutTime(into: Buffer, at: number, { pressedMs, untilMs, doubt }: WorkedOutTime) {
  into.writeDoubleBE(pressedMs, at + PRESSED_AT);
  into.writeDoubleBE(untilMs ?? Number.NaN, at + UNTIL_AT);
  into[at + DOUBT_AT] = DOUBTS.indexOf(doubt);
}

export function readSigned(from: Buffer, at: number): Evaluation {
  const sig = from.toString('hex', at + SIGNATURE_AT, at + SIGNATURE_AT + SIGNATURE_BYTES);
  return { ...readEvaluationLayout(from, at), sig };
}

export function readWorkedOutTime(from: Buffer, at: number): WorkedOutTime {
  const untilMs = from.readDoubleBE(at + UNTIL_AT);
  return {
    pressedMs: from.readDoubleBE(at + PRESSED_AT),
    untilMs: Number.isNaN(untilMs) ? null : untilMs,
    doubt: DOUBTS[from[at + DOUBT_AT]!],
  };
}

/** Undefined when it is none. */
export function readRecordBody(body: unknown): (Evaluation & WorkedOutTime) | undefined {
  if (!Buffer.isBuffer(body) || body.length !== RECORD_BODY_BYTES) return undefined;
  return { ...readSigned(body, 0), ...readWorkedOutTime(body, 0) };
}

/** A record on its way to the writer, as bytes; what it says is read by whoever asks. */
export class SignedRecord {
  device: string;
  receivedMs: number;
  /** As the evaluator signed it, with the signature; the rest is the writer's. */
  readonly body: Buffer;

  constructor(device: string, receivedMs: number, body: Buffer) {
    this.device = device;
    this.receivedMs = receivedMs;
    this.body = body;
  }
  get record(): Evaluation {
    return readSigned(this.body, 0);
  }
}

export function signedRecord(device: string, receivedMs: number, record: Evaluation): SignedRecord {
  const body = Buffer.alloc(RECORD_BODY_BYTES);
  writeSigned(body, 0, NO_HANDLE, record);
  return new SignedRecord(device, receivedMs, body);
}

export function signedOf(body: Buffer): Buffer {
  return body.subarray(0, EVALUATION_LAYOUT_BYTES);
}

export function signatureOf(body: Buffer): Buffer {
  return body.subarray(SIGNATURE_AT, SIGNATURE_AT + SIGNATURE_BYTES);
}
