// A record that arrived, as the writer looks at it: the numbers that decide about it, and its bytes where it lies
// among others. Valid only while its command runs; object and bytes are used again.
import { NO_HANDLE, REASONS_LIMIT, RECORD_PRESS } from '../../protocol/constants.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import { RECORD_BODY_BYTES, readSigned, writeSigned } from './record-body.ts';

const NONE: readonly number[] = [];

export class ReceivedRecord {
  /** Of its fact: what was signed, the signature, and the time, which is written once it is known. */
  readonly body: Buffer;
  /** Zeros for none. */
  readonly invitation: Buffer;
  readonly staff: Buffer;
  device = '';
  receivedMs = 0;
  isPress = false;
  /** A press that names an invitation. */
  isLinked = false;
  kind = 0;
  seq = 0;
  boot = 0;
  uptime = 0;
  wall = 0;
  level = 0;
  flags = 0;
  reasons = NONE;

  constructor(body: Buffer) {
    this.body = body;
    this.invitation = body.subarray(36, 44);
    this.staff = body.subarray(44, 52);
  }

  /** After `body` was filled. Offsets are those of `protocol/layouts.ts`. */
  read(device: string, receivedMs: number): this {
    const { body } = this;
    this.device = device;
    this.receivedMs = receivedMs;
    this.kind = body[55]!;
    this.isPress = this.kind === RECORD_PRESS;
    // Numbers instead of a comparison of bytes, which is a call out of the engine.
    this.isLinked = this.isPress && (body.readInt32BE(36) | body.readInt32BE(40)) !== 0;
    this.seq = body.readUInt32BE(16);
    this.boot = body.readUInt32BE(20);
    this.uptime = body.readUIntBE(24, 6);
    this.wall = body.readUIntBE(30, 6);
    this.level = body[56]!;
    this.flags = body.readUInt16BE(52);
    this.reasons = body[57] === 0 ? NONE : reasonsIn(body);
    return this;
  }
}

export function recordOf({ body }: ReceivedRecord): Evaluation {
  return readSigned(body, 0);
}

export function receivedObject(device: string, receivedMs: number, record: Evaluation): ReceivedRecord {
  const body = Buffer.alloc(RECORD_BODY_BYTES);
  // The writer puts the handle there that it knows the device by.
  writeSigned(body, 0, NO_HANDLE, record);
  return new ReceivedRecord(body).read(device, receivedMs);
}

function reasonsIn(body: Buffer): number[] {
  const count = Math.min(body[57]!, REASONS_LIMIT);
  return Array.from({ length: count }, (_, index) => body.readUInt16BE(58 + 2 * index));
}
