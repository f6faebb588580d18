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
  UPDATE_LAYOUT_BYTES,
  UPDATE_TEXT_BYTES,
} from './constants.ts';
import type { Evaluation } from './messages.ts';

export type UnsignedEvaluation = Omit<Evaluation, 'sig'>;

/** `deviceHandle` is 16 hexadecimal digits. Offsets: see the table in README.md. */
export function evaluationLayout(deviceHandle: string, record: UnsignedEvaluation): Buffer {
  const bytes = Buffer.alloc(EVALUATION_LAYOUT_BYTES);
  bytes.write(DOMAIN_EVALUATION, 0, 'latin1');
  bytes.write(deviceHandle, 8, 'hex');
  bytes.writeUInt32BE(record.seq, 16);
  bytes.writeUInt32BE(record.boot, 20);
  bytes.writeUIntBE(record.uptime, 24, 6);
  bytes.writeUIntBE(record.wall, 30, 6);
  bytes.write(record.invitation, 36, 'hex');
  bytes.write(record.staff, 44, 'hex');
  bytes.writeUInt16BE(record.flags, 52);
  bytes.writeUInt8(record.gen, 54);
  bytes.writeUInt8(record.kind, 55);
  bytes.writeUInt8(record.level, 56);
  bytes.writeUInt8(record.reasons.length, 57);
  record.reasons.forEach((code, index) => {
    bytes.writeUInt16BE(code, 58 + 2 * index);
  });
  return bytes;
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
