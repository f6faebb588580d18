// HMAC-SHA256 (RFC 2104) with the key's pads prepared once, which makes it a dozen times faster on the
// interpreter, and HKDF (RFC 5869) as far as the protocol needs it.
import { toBinary } from './hex.ts';

const BLOCK_BYTES = 64;

export type Sha256 = (data: Uint8Array | string) => Uint8Array;

/** Of two binary strings, one after the other (joined here, so that a long one is copied once); 32 bytes. */
export type Hmac = (head: string, tail: string) => Uint8Array;

/** Apart, so that the closure keeps nothing but the pads in memory. */
function hmacOf(sha256: Sha256, inner: string, outer: Uint8Array): Hmac {
  return (head, tail) => {
    outer.set(sha256(inner + head + tail), BLOCK_BYTES);
    return sha256(outer);
  };
}

/** Keys of the protocol are never longer than a block. */
export function createHmac(sha256: Sha256, key: Uint8Array): Hmac {
  const innerPad = new Uint8Array(BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + 32);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = i < key.length ? key[i]! : 0;
    innerPad[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return hmacOf(sha256, toBinary(innerPad), outer);
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The first block: 32 bytes. */
export function hkdf(sha256: Sha256, options: { key: Uint8Array; salt: string; info: string }): Uint8Array {
  const extracted = createHmac(sha256, bytesOf(options.salt))('', toBinary(options.key));
  return createHmac(sha256, extracted)(options.info, '\x01');
}
