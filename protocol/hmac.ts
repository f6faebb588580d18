// HMAC-SHA256 (RFC 2104) over two one-shot hashes: several times as fast as createHmac for messages as short as ours,
// which decides how many records a gateway verifies and chains in a second.
import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer messages take the ordinary way. */
const SHORT_LIMIT_BYTES = 4096;

const FIRST_BLOCK = Uint8Array.of(1);

const inner = Buffer.alloc(BLOCK_BYTES + SHORT_LIMIT_BYTES);
const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

/** Parts are taken as one message; text as UTF-8. */
export function hmacSha256(key: Uint8Array, ...parts: (Uint8Array | string)[]): Buffer {
  return Buffer.from(digest(key, parts, 'binary'), 'latin1');
}

/** The same into bytes that are there: of many thousands a second, those made for each would be most of the garbage. */
export function hmacSha256Into(into: Buffer, key: Uint8Array, ...parts: (Uint8Array | string)[]): void {
  into.write(digest(key, parts, 'binary'), 'latin1');
}

const computed = Buffer.alloc(DIGEST_BYTES);

/** Whether `mac` is that of the message, told in the same time wherever they differ. */
export function hmacSha256Is(mac: Uint8Array, key: Uint8Array, message: Uint8Array): boolean {
  computed.write(digest(key, [message], 'binary'), 'latin1');
  return mac.length === DIGEST_BYTES && timingSafeEqual(computed, mac);
}

export function hmacSha256Hex(key: Uint8Array, ...parts: (Uint8Array | string)[]): string {
  return digest(key, parts, 'hex');
}

/**
 * HKDF (RFC 5869) for keys of 32 bytes from one secret, by their labels: Node's own takes several times as long, and
 * all evaluators of a hall may connect at once.
 */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array,
): (...info: (Uint8Array | string)[]) => Buffer {
  const extracted = hmacSha256(salt, secret);
  return (...info) => hmacSha256(extracted, ...info, FIRST_BLOCK);
}

/**
 * The key whose pads stand before the messages: many a message has the key of the one before it. It must not be changed
 * once it was used. Pads are not kept for other keys: they are made in a tenth of the time of the two hashes, and those
 * of every evaluator that connects at once were much of what had to be collected.
 */
let padded: Uint8Array | undefined;
/** Of `inner`, by their length: making one takes as long as a hash of a short message. */
const views: Buffer[] = [];

function digest(key: Uint8Array, parts: (Uint8Array | string)[], encoding: 'hex' | 'binary'): string {
  let end = BLOCK_BYTES;
  for (const part of parts) {
    // A character of a string takes 3 bytes at most.
    if (end + (typeof part === 'string' ? 3 : 1) * part.length > inner.length)
      return ordinary(key, parts).toString(encoding);
    if (typeof part === 'string') end += inner.write(part, end, 'utf8');
    else {
      inner.set(part, end);
      end += part.length;
    }
  }
  if (key !== padded) {
    writePads(key);
    padded = key;
  }
  const view = views[end] ?? viewOf(end);
  outer.write(hash('sha256', view, 'binary'), BLOCK_BYTES, 'binary');
  return hash('sha256', outer, encoding);
}

function viewOf(end: number): Buffer {
  const view = inner.subarray(0, end);
  views[end] = view;
  return view;
}

function writePads(key: Uint8Array): void {
  const bytes = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key;
  const length = bytes.length;
  for (let at = 0; at < length; at += 1) {
    inner[at] = bytes[at]! ^ 0x36;
    outer[at] = bytes[at]! ^ 0x5c;
  }
  inner.fill(0x36, length, BLOCK_BYTES);
  outer.fill(0x5c, length, BLOCK_BYTES);
}

function ordinary(key: Uint8Array, parts: (Uint8Array | string)[]): Buffer {
  const whole = createHmac('sha256', key);
  for (const part of parts) whole.update(part);
  return whole.digest();
}
