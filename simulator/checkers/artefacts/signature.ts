// The signature of an evaluation made anew from the wire contract's tables (`protocol/README.md`), without the code
// that evaluators and gateway share: if those agreed on too little, only a third would notice.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

export interface SignedRecord {
  seq: number;
  boot: number;
  uptime: number;
  wall: number;
  invitation: string;
  staff: string;
  flags: number;
  gen: number;
  kind: number;
  level: number;
  reasons: number[];
  sig: string;
}

export interface Signer {
  /** Hexadecimal. */
  handle: string;
  key: string;
}

/** Under the key of its own generation. */
export function isSignedBy(signer: Signer, record: SignedRecord): boolean {
  const made = createHmac('sha256', signKey(signer, record.gen))
    .update(layoutOf(signer.handle, record))
    .digest();
  const given = Buffer.from(record.sig, 'hex');
  return given.length === made.length && timingSafeEqual(given, made);
}

function signKey({ handle, key }: Signer, gen: number): Buffer {
  const info = Buffer.concat([Buffer.from('sign'), Buffer.from(handle, 'hex'), Buffer.from([gen])]);
  return Buffer.from(hkdfSync('sha256', Buffer.from(key, 'hex'), 'pingjia/1', info, 32));
}

/** What the signed bytes say, the other way round. */
export function recordIn(bytes: Buffer): Omit<SignedRecord, 'sig'> {
  return {
    seq: bytes.readUInt32BE(16),
    boot: bytes.readUInt32BE(20),
    uptime: bytes.readUIntBE(24, 6),
    wall: bytes.readUIntBE(30, 6),
    invitation: bytes.toString('hex', 36, 44),
    staff: bytes.toString('hex', 44, 52),
    flags: bytes.readUInt16BE(52),
    gen: bytes[54]!,
    kind: bytes[55]!,
    level: bytes[56]!,
    reasons: Array.from({ length: bytes[57]! }, (_, index) => bytes.readUInt16BE(58 + 2 * index)),
  };
}

function layoutOf(handle: string, record: SignedRecord): Buffer {
  const bytes = Buffer.alloc(66);
  bytes.write('pj1-eval', 0, 'latin1');
  bytes.write(handle, 8, 'hex');
  bytes.writeUInt32BE(record.seq, 16);
  bytes.writeUInt32BE(record.boot, 20);
  bytes.writeUIntBE(record.uptime, 24, 6);
  bytes.writeUIntBE(record.wall, 30, 6);
  bytes.write(record.invitation, 36, 'hex');
  bytes.write(record.staff, 44, 'hex');
  bytes.writeUInt16BE(record.flags, 52);
  bytes[54] = record.gen;
  bytes[55] = record.kind;
  bytes[56] = record.level;
  bytes[57] = record.reasons.length;
  for (const [index, reason] of record.reasons.entries()) bytes.writeUInt16BE(reason, 58 + 2 * index);
  return bytes;
}
