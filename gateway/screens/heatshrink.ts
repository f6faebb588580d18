// Heatshrink as Espruino has it built in (window 8 bits, lookahead 6): images are compressed here and unpacked
// by the evaluator's interpreter. The encoder finds the shortest stream; the decoder serves tests and previews.
import { HEATSHRINK_LOOKAHEAD_BITS, HEATSHRINK_WINDOW_BITS } from '../../protocol/constants.ts';

const WINDOW_BYTES = 1 << HEATSHRINK_WINDOW_BITS;
const MATCH_LIMIT_BYTES = 1 << HEATSHRINK_LOOKAHEAD_BITS;
const LITERAL_BITS = 1 + 8;
const REFERENCE_BITS = 1 + HEATSHRINK_WINDOW_BITS + HEATSHRINK_LOOKAHEAD_BITS;

interface Match {
  length: number;
  distance: number;
}

export function heatshrink(bytes: Uint8Array): Uint8Array {
  const matches = Array.from(bytes, (_, at) => longestMatch(bytes, at));
  const restBits = new Float64Array(bytes.length + 1);
  for (let at = bytes.length - 1; at >= 0; at--) {
    const literal = LITERAL_BITS + restBits[at + 1]!;
    const { length } = matches[at]!;
    restBits[at] = length > 0 ? Math.min(literal, REFERENCE_BITS + restBits[at + length]!) : literal;
  }
  const writer = makeBitWriter(Math.ceil(restBits[0]! / 8));
  for (let at = 0; at < bytes.length; ) {
    const { length, distance } = matches[at]!;
    if (length > 0 && restBits[at] === REFERENCE_BITS + restBits[at + length]!) {
      writer.put(0, 1);
      writer.put(distance - 1, HEATSHRINK_WINDOW_BITS);
      writer.put(length - 1, HEATSHRINK_LOOKAHEAD_BITS);
      at += length;
    } else {
      writer.put(1, 1);
      writer.put(bytes[at]!, 8);
      at += 1;
    }
  }
  return writer.bytes;
}

/** Nearest first, so that runs of blank pixels are found at once. Never reaches before the first byte. */
function longestMatch(bytes: Uint8Array, at: number): Match {
  const limit = Math.min(MATCH_LIMIT_BYTES, bytes.length - at);
  let best: Match = { length: 0, distance: 0 };
  for (let distance = 1; distance <= Math.min(WINDOW_BYTES, at); distance++) {
    let length = 0;
    while (length < limit && bytes[at + length] === bytes[at + length - distance]) length++;
    if (length > best.length) best = { length, distance };
    if (length === limit) break;
  }
  return best;
}

function makeBitWriter(lengthBytes: number) {
  const bytes = new Uint8Array(lengthBytes);
  let at = 0;
  return {
    bytes,
    put(value: number, bits: number) {
      for (let bit = bits - 1; bit >= 0; bit--, at++) {
        if ((value >> bit) & 1) bytes[at >> 3]! |= 0x80 >> (at & 7);
      }
    },
  };
}

/** Unpacks a stream; bits at its end that make no whole symbol are padding. Throws on a reference before the start. */
export function unshrink(stream: Uint8Array): Uint8Array {
  const out: number[] = [];
  const total = stream.length * 8;
  let at = 0;
  const take = (bits: number) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, at++) value = value * 2 + ((stream[at >> 3]! >> (7 - (at & 7))) & 1);
    return value;
  };
  while (at < total) {
    const literal = take(1) === 1;
    if (at + (literal ? LITERAL_BITS : REFERENCE_BITS) - 1 > total) break;
    if (literal) {
      out.push(take(8));
      continue;
    }
    const from = out.length - (take(HEATSHRINK_WINDOW_BITS) + 1);
    const length = take(HEATSHRINK_LOOKAHEAD_BITS) + 1;
    if (from < 0) throw new Error('a reference points before the first byte');
    for (let index = 0; index < length; index++) out.push(out[from + index]!);
  }
  return Uint8Array.from(out);
}
