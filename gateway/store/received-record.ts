// A record that arrived, as the writer looks at it: the numbers that decide about it, and its bytes where it lies
// among others. Valid only while its command runs; the bytes are used again.
import { REASONS_LIMIT, RECORD_PRESS } from '../../protocol/constants.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import { RECORD_BODY_BYTES, readSigned, writeSigned } from './record-body.ts';

export interface ReceivedRecord {
  device: string;
  receivedMs: number;
  isPress: boolean;
  /** A press that names an invitation. */
  isLinked: boolean;
  kind: number;
  seq: number;
  boot: number;
  uptime: number;
  wall: number;
  level: number;
  flags: number;
  reasons: readonly number[];
  /** Zeros for none. */
  invitation: Buffer;
  staff: Buffer;
  /** Of its fact; the time in it is written once it is known. */
  body: Buffer;
}

const NONE: readonly number[] = [];

/** `body` holds what was signed and the signature. Offsets are those of `protocol/layouts.ts`. */
export function receivedRecord(device: string, receivedMs: number, body: Buffer): ReceivedRecord {
  const kind = body[55]!;
  const isPress = kind === RECORD_PRESS;
  return {
    device,
    receivedMs,
    isPress,
    // Numbers instead of a comparison of bytes, which is a call out of the engine.
    isLinked: isPress && (body.readInt32BE(36) | body.readInt32BE(40)) !== 0,
    kind,
    seq: body.readUInt32BE(16),
    boot: body.readUInt32BE(20),
    uptime: body.readUIntBE(24, 6),
    wall: body.readUIntBE(30, 6),
    level: body[56]!,
    flags: body.readUInt16BE(52),
    reasons: body[57] === 0 ? NONE : reasonsIn(body),
    invitation: body.subarray(36, 44),
    staff: body.subarray(44, 52),
    body,
  };
}

export function recordOf({ body }: ReceivedRecord): Evaluation {
  return readSigned(body, 0);
}

export function receivedObject(device: string, receivedMs: number, record: Evaluation): ReceivedRecord {
  const body = Buffer.alloc(RECORD_BODY_BYTES);
  writeSigned(body, 0, NO_DEVICE, record);
  return receivedRecord(device, receivedMs, body);
}

/** The writer puts the handle there that it knows the device by. */
const NO_DEVICE = '0'.repeat(16);

function reasonsIn(body: Buffer): number[] {
  const count = Math.min(body[57]!, REASONS_LIMIT);
  return Array.from({ length: count }, (_, index) => body.readUInt16BE(58 + 2 * index));
}
