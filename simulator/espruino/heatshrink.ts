// The heatshrink format with Espruino's parameters (window 2^8, lookahead 2^6): each side reads what the other
// wrote, though the bytes chosen may differ. Pure but for a small cache of recent results.

const WINDOW_BITS = 8;
const LOOKAHEAD_BITS = 6;
const WINDOW_BYTES = 1 << WINDOW_BITS;
const LONGEST_MATCH_BYTES = 1 << LOOKAHEAD_BITS;
/** A reference costs 15 bits, a literal 9. */
const SHORTEST_MATCH_BYTES = 2;
const COMPRESSED_LIMIT = 64;

/** The same screens are drawn by many devices, so results are remembered, the oldest forgotten first. */
export function remembering(limit: number, make: (data: Uint8Array) => Uint8Array) {
  const cache = new Map<string, Uint8Array>();
  return (data: Uint8Array): Uint8Array => {
    const key = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    const known = cache.get(key);
    if (known) {
      cache.delete(key);
      cache.set(key, known);
      return known;
    }
    const result = make(data);
    cache.set(key, result);
    if (cache.size > limit) cache.delete(cache.keys().next().value!);
    return result;
  };
}

/** Nobody may change what it returns. */
export const compress = remembering(COMPRESSED_LIMIT, encode);

/** Reads until the input ends; the last bits that make no whole token are padding. */
export function decompress(data: Uint8Array): Uint8Array {
  const out: number[] = [];
  const totalBits = data.length * 8;
  let at = 0;
  const take = (count: number): number => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, at++)
      value = (value << 1) | ((data[at >> 3]! >> (7 - (at & 7))) & 1);
    return value;
  };
  while (at < totalBits) {
    if (take(1) === 1) {
      if (totalBits - at < 8) break;
      out.push(take(8));
      continue;
    }
    if (totalBits - at < WINDOW_BITS + LOOKAHEAD_BITS) break;
    const distance = take(WINDOW_BITS) + 1;
    const length = take(LOOKAHEAD_BITS) + 1;
    for (let index = 0; index < length; index++) out.push(out[out.length - distance] ?? 0);
  }
  return Uint8Array.from(out);
}

function encode(data: Uint8Array): Uint8Array {
  const bits = new BitWriter(data.length);
  const newest = new Int32Array(65_536).fill(-1);
  const older = new Int32Array(data.length);
  const remember = (position: number): void => {
    if (position + 1 >= data.length) return;
    const pair = (data[position]! << 8) | data[position + 1]!;
    older[position] = newest[pair]!;
    newest[pair] = position;
  };
  for (let position = 0; position < data.length; ) {
    const match = longestMatch(data, position, { newest, older });
    if (match.length >= SHORTEST_MATCH_BYTES) {
      bits.put(0, 1);
      bits.put(match.distance - 1, WINDOW_BITS);
      bits.put(match.length - 1, LOOKAHEAD_BITS);
    } else {
      bits.put(0x100 | data[position]!, 9);
    }
    const end = position + Math.max(1, match.length);
    for (; position < end; position++) remember(position);
  }
  return bits.finish();
}

function longestMatch(
  data: Uint8Array,
  position: number,
  chains: { newest: Int32Array; older: Int32Array },
): { distance: number; length: number } {
  const best = { distance: 0, length: 0 };
  if (position + 1 >= data.length) return best;
  const limit = Math.min(LONGEST_MATCH_BYTES, data.length - position);
  let candidate = chains.newest[(data[position]! << 8) | data[position + 1]!]!;
  while (candidate >= 0 && position - candidate <= WINDOW_BYTES) {
    let length = 2;
    while (length < limit && data[candidate + length] === data[position + length]) length++;
    if (length > best.length) {
      best.length = length;
      best.distance = position - candidate;
      if (length === limit) break;
    }
    candidate = chains.older[candidate]!;
  }
  return best;
}

/** Most significant bit first; the last byte is filled with zeros. */
class BitWriter {
  #bytes: Uint8Array;
  #bitCount = 0;

  constructor(inputBytes: number) {
    this.#bytes = new Uint8Array(inputBytes + (inputBytes >> 3) + 2);
  }

  put(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--, this.#bitCount++)
      if ((value >> bit) & 1) this.#bytes[this.#bitCount >> 3]! |= 0x80 >> (this.#bitCount & 7);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, (this.#bitCount + 7) >> 3);
  }
}
