// The byte layouts that are authenticated, big-endian, fixed length. The firmware writes the same bytes with
// code of its own; vectors.json holds both to this file.
import {
  DOMAIN_CONNECT,
  DOMAIN_EVALUATION,
  DOMAIN_REKEY,
  DOMAIN_SESSION_DOWN,
  DOMAIN_SESSION_UP,
  DOMAIN_UPDATE,
  EVALUATION_LAYOUT_BYTES,
  REASONS_LIMIT,
  UPDATE_LAYOUT_BYTES,
  UPDATE_TEXT_BYTES,
} from './constants.ts';
import type { Evaluation } from './messages.ts';

/** Where what decides about an evaluation lies in its layout. */
export const DEVICE_HANDLE_AT = 8;
export const SEQUENCE_AT = 16;
export const GENERATION_AT = 54;

export type UnsignedEvaluation = Omit<Evaluation, 'sig'>;

/** `deviceHandle` is 16 hexadecimal digits. Offsets: see the table in README.md. */
export function evaluationLayout(deviceHandle: string, record: UnsignedEvaluation): Buffer {
  const bytes = Buffer.allocUnsafe(EVALUATION_LAYOUT_BYTES);
  writeEvaluationLayout(bytes, 0, deviceHandle, record);
  return bytes;
}

/** Writes all `EVALUATION_LAYOUT_BYTES` from `at` on. */
export function writeEvaluationLayout(
  bytes: Buffer,
  at: number,
  deviceHandle: string,
  record: UnsignedEvaluation,
): void {
  bytes.write(DOMAIN_EVALUATION, at, 'latin1');
  bytes.write(deviceHandle, at + 8, 'hex');
  bytes.writeUInt32BE(record.seq, at + 16);
  bytes.writeUInt32BE(record.boot, at + 20);
  bytes.writeUIntBE(record.uptime, at + 24, 6);
  bytes.writeUIntBE(record.wall, at + 30, 6);
  bytes.write(record.invitation, at + 36, 'hex');
  bytes.write(record.staff, at + 44, 'hex');
  bytes.writeUInt16BE(record.flags, at + 52);
  bytes[at + 54] = record.gen;
  bytes[at + 55] = record.kind;
  bytes[at + 56] = record.level;
  bytes[at + 57] = record.reasons.length;
  for (let index = 0; index < REASONS_LIMIT; index += 1)
    bytes.writeUInt16BE(record.reasons[index] ?? 0, at + 58 + 2 * index);
}

/** What `writeEvaluationLayout` wrote, without the device. */
export function readEvaluationLayout(bytes: Buffer, at: number): UnsignedEvaluation {
  return {
    kind: bytes[at + 55] as UnsignedEvaluation['kind'],
    seq: bytes.readUInt32BE(at + 16),
    boot: bytes.readUInt32BE(at + 20),
    uptime: bytes.readUIntBE(at + 24, 6),
    wall: bytes.readUIntBE(at + 30, 6),
    level: bytes[at + 56]!,
    reasons: Array.from({ length: bytes[at + 57]! }, (_, index) => bytes.readUInt16BE(at + 58 + 2 * index)),
    invitation: bytes.toString('hex', at + 36, at + 44),
    staff: bytes.toString('hex', at + 44, at + 52),
    flags: bytes.readUInt16BE(at + 52),
    gen: bytes[at + 54]!,
  };
}

export interface SessionNumbers {
  /** 16 hexadecimal digits. */
  deviceHandle: string;
  boot: number;
  conn: number;
  /** 32 hexadecimal digits. */
  nonce: string;
}

function sessionLayout(domain: string, session: SessionNumbers): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.write(domain, 0, 'latin1');
  bytes.write(session.deviceHandle, 8, 'hex');
  bytes.writeUInt32BE(session.boot, 16);
  bytes.writeUInt32BE(session.conn, 20);
  bytes.write(session.nonce, 24, 'hex');
  return bytes;
}

export const connectLayout = (session: SessionNumbers) => sessionLayout(DOMAIN_CONNECT, session);
export const sessionUpLayout = (session: SessionNumbers) => sessionLayout(DOMAIN_SESSION_UP, session);
export const sessionDownLayout = (session: SessionNumbers) => sessionLayout(DOMAIN_SESSION_DOWN, session);

/** What an offer says of an image. `sha256` is that of its manifest, 64 hexadecimal digits. */
export interface OfferedImage {
  version: string;
  board: string;
  /** Of manifest and files together. */
  bytes: number;
  sha256: string;
  forced: boolean;
}

export function updateLayout(deviceHandle: string, image: OfferedImage): Buffer {
  const bytes = Buffer.alloc(UPDATE_LAYOUT_BYTES);
  bytes.write(DOMAIN_UPDATE, 0, 'latin1');
  bytes.write(deviceHandle, 8, 'hex');
  bytes.write(image.version, 16, UPDATE_TEXT_BYTES, 'latin1');
  bytes.write(image.board, 48, UPDATE_TEXT_BYTES, 'latin1');
  bytes.writeUInt32BE(image.bytes, 80);
  bytes.write(image.sha256, 84, 'hex');
  bytes.writeUInt8(image.forced ? 1 : 0, 116);
  return bytes;
}

/** What the pad of a new key is made from: `gen` is the new key's generation, `n` the counter of the message. */
export function rekeyLayout({ gen, n }: { gen: number; n: number }): Buffer {
  const bytes = Buffer.alloc(DOMAIN_REKEY.length + 5);
  bytes.write(DOMAIN_REKEY, 0, 'latin1');
  bytes.writeUInt8(gen, DOMAIN_REKEY.length);
  bytes.writeUInt32BE(n, DOMAIN_REKEY.length + 1);
  return bytes;
}
