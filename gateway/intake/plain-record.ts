// Reads a record as evaluators write it, keys in the order of the contract and nothing between them, straight from the
// payload into the bytes that were signed: no text, no object and no second writing for what comes most. Whatever is
// written otherwise is left to JSON and the schema, and a property test holds both to the same bytes.
import { DOMAIN_EVALUATION, REASONS_LIMIT, SEQUENCE_MAX, TIME_MAX_MS } from '../../protocol/constants.ts';
import { SIGNATURE_AT, SIGNATURE_BYTES } from '../store/record-body.ts';

const text = (value: string) => Buffer.from(value, 'latin1');
const KIND = text('{"kind":');
const SEQ = text(',"seq":');
const BOOT = text(',"boot":');
const UPTIME = text(',"uptime":');
const WALL = text(',"wall":');
const LEVEL = text(',"level":');
const REASONS = text(',"reasons":[');
const INVITATION = text('],"invitation":"');
const STAFF = text('","staff":"');
const FLAGS = text('","flags":');
const GEN = text(',"gen":');
const SIG = text(',"sig":"');
const END = text('"}');
const HANDLE_BYTES = 8;
const [QUOTE_0, QUOTE_9, COMMA, CLOSING] = [48, 57, 44, 93];

/** Value of each hexadecimal digit as the contract writes it; 255 for everything else. */
const DIGITS = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = value;

/** Where the reader is; -1 once something is not as it should be. One for all: it never waits. */
let at = 0;

function skip(from: Uint8Array, expected: Uint8Array): void {
  if (at < 0) return;
  for (let index = 0; index < expected.length; index += 1)
    if (from[at + index] !== expected[index]) {
      at = -1;
      return;
    }
  at += expected.length;
}

/** A whole number without sign, fraction, exponent or leading zero. */
function number(from: Uint8Array, min: number, max: number): number {
  if (at < 0) return 0;
  const first = at;
  let value = 0;
  while (at - first < 15) {
    const digit = from[at]!;
    if (!(digit >= QUOTE_0 && digit <= QUOTE_9)) break;
    value = value * 10 + digit - QUOTE_0;
    at += 1;
  }
  const leadingZero = from[first] === QUOTE_0 && at - first > 1;
  if (at === first || leadingZero || value < min || value > max) at = -1;
  return value;
}

function hexadecimal(from: Uint8Array, into: Uint8Array, intoAt: number, bytes: number): void {
  if (at < 0) return;
  for (let index = 0; index < bytes; index += 1) {
    const high = DIGITS[from[at] ?? 0]!;
    const low = DIGITS[from[at + 1] ?? 0]!;
    if ((high | low) > 15) {
      at = -1;
      return;
    }
    into[intoAt + index] = (high << 4) | low;
    at += 2;
  }
}

function reasons(from: Uint8Array, into: Buffer): void {
  let count = 0;
  for (let index = 0; index < REASONS_LIMIT; index += 1) into.writeUInt16BE(0, 58 + 2 * index);
  while (at >= 0 && from[at] !== CLOSING) {
    if (count > 0 && from[at++] !== COMMA) at = -1;
    if (count === REASONS_LIMIT) at = -1;
    if (at < 0) return;
    const reason = number(from, 1, 0xffff);
    if (at < 0) return;
    into.writeUInt16BE(reason, 58 + 2 * count);
    count += 1;
  }
  into[57] = count;
}

/**
 * Fills `into` with what `writeSigned` makes of the record, but for the device's handle, which stays as it is there.
 * False, and anything in `into`, when the payload is not written in the plain form.
 */
export function readPlainRecord(payload: Uint8Array, into: Buffer): boolean {
  at = 0;
  skip(payload, KIND);
  const kind = number(payload, 1, 2);
  skip(payload, SEQ);
  const seq = number(payload, 1, SEQUENCE_MAX);
  skip(payload, BOOT);
  const boot = number(payload, 1, SEQUENCE_MAX);
  skip(payload, UPTIME);
  const uptime = number(payload, 0, TIME_MAX_MS);
  skip(payload, WALL);
  const wall = number(payload, 0, TIME_MAX_MS);
  skip(payload, LEVEL);
  const level = number(payload, 1, 5);
  skip(payload, REASONS);
  reasons(payload, into);
  skip(payload, INVITATION);
  hexadecimal(payload, into, 36, HANDLE_BYTES);
  skip(payload, STAFF);
  hexadecimal(payload, into, 44, HANDLE_BYTES);
  skip(payload, FLAGS);
  const flags = number(payload, 0, 0xffff);
  skip(payload, GEN);
  const gen = number(payload, 1, 255);
  skip(payload, SIG);
  hexadecimal(payload, into, SIGNATURE_AT, SIGNATURE_BYTES);
  skip(payload, END);
  if (at !== payload.length) return false;
  into.set(DOMAIN, 0);
  into.writeUInt32BE(seq, 16);
  into.writeUInt32BE(boot, 20);
  into.writeUIntBE(uptime, 24, 6);
  into.writeUIntBE(wall, 30, 6);
  into.writeUInt16BE(flags, 52);
  into[54] = gen;
  into[55] = kind;
  into[56] = level;
  return true;
}

const DOMAIN = text(DOMAIN_EVALUATION);
