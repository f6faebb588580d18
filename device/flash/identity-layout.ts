// How identity and counters lie in one half of the identity area. Encodes and checks; reads and writes nothing.
//
// Half:   0 'PI', 2 version, 4 generation of the half, 8 hall, 41 device (length and 32 characters each),
//         74 handle, 82 key, 114 generation of the key, 115 generation of the previous key or 0, 116 the counters
//         in the order of their indices, 152 the previous key, 184 CRC32 of all before, 188 zeros; from 192 entries.
// Entry:  0 which counter, 1 value, 5 the low three bytes of the CRC32 of bytes 0–4.
import type { Identity } from '../contracts.ts';
import { getUint, putUint } from './bytes.ts';
import type { Crc32 } from './journal-layout.ts';

export const HALF_CRC_OFFSET = 184;
export const ENTRIES_OFFSET = 192;
export const ENTRY_BYTES = 8;
/** A half ends here, so that on every board it lies in the first page of its part of the area. */
export const HALF_BYTES = 1024;
export const ENTRIES = (HALF_BYTES - ENTRIES_OFFSET) / ENTRY_BYTES;
const COUNTERS_OFFSET = 116;
const PREVIOUS_KEY_OFFSET = 152;
const MAGIC = 0x50490100;
const ID_LIMIT_CHARACTERS = 32;

/** Indices of the counters; each only grows. */
export const COUNTER_BOOT = 0;
export const COUNTER_FLOOR = 1;
export const COUNTER_FLASH_ERRORS = 2;
/** Boot number of the last run that ended in order. */
export const COUNTER_CLEAN_BOOT = 3;
/** Which firmware is chosen, and how it fares: device/boot/slot-choice.ts says what the numbers mean. */
export const COUNTER_CHOSEN = 4;
export const COUNTER_CONFIRMED = 5;
export const COUNTER_GIVEN_UP = 6;
export const COUNTER_TRIALS = 7;
/** Boots after a run that nobody ended in order. */
export const COUNTER_RESETS = 8;
export const COUNTERS = 9;

export interface Half {
  generation: number;
  identity: Identity;
  counters: Uint32Array;
}

function putText(bytes: Uint8Array, offset: number, text: string): void {
  bytes[offset] = text.length;
  for (let i = 0; i < text.length; i++) bytes[offset + 1 + i] = text.charCodeAt(i);
}
function getText(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (let i = 0; i < bytes[offset]!; i++) text += String.fromCharCode(bytes[offset + 1 + i]!);
  return text;
}

export function identityFits(identity: Identity): boolean {
  return (
    identity.hall.length <= ID_LIMIT_CHARACTERS &&
    identity.device.length <= ID_LIMIT_CHARACTERS &&
    identity.handle.length === 8 &&
    identity.key.length === 32 &&
    identity.gen >= 1 &&
    identity.gen <= 255
  );
}

export function encodeHalf(half: Half, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(ENTRIES_OFFSET);
  const identity = half.identity;
  putUint(bytes, 0, 4, MAGIC);
  putUint(bytes, 4, 4, half.generation);
  putText(bytes, 8, identity.hall);
  putText(bytes, 41, identity.device);
  bytes.set(identity.handle, 74);
  bytes.set(identity.key, 82);
  bytes[114] = identity.gen;
  if (identity.previous) {
    bytes[115] = identity.previous.gen;
    bytes.set(identity.previous.key, PREVIOUS_KEY_OFFSET);
  }
  for (let i = 0; i < COUNTERS; i++) putUint(bytes, COUNTERS_OFFSET + 4 * i, 4, half.counters[i]!);
  putUint(bytes, HALF_CRC_OFFSET, 4, crc32(bytes.subarray(0, HALF_CRC_OFFSET)));
  return bytes;
}

export function decodeHalf(bytes: Uint8Array, crc32: Crc32): Half | undefined {
  if (getUint(bytes, 0, 4) !== MAGIC) return undefined;
  if (getUint(bytes, HALF_CRC_OFFSET, 4) !== crc32(bytes.subarray(0, HALF_CRC_OFFSET))) return undefined;
  const counters = new Uint32Array(COUNTERS);
  for (let i = 0; i < COUNTERS; i++) counters[i] = getUint(bytes, COUNTERS_OFFSET + 4 * i, 4);
  const identity: Identity = {
    hall: getText(bytes, 8),
    device: getText(bytes, 41),
    handle: bytes.subarray(74, 82),
    key: bytes.subarray(82, 114),
    gen: bytes[114]!,
  };
  const previous = bytes.subarray(PREVIOUS_KEY_OFFSET, HALF_CRC_OFFSET);
  if (bytes[115]) identity.previous = { key: previous, gen: bytes[115] };
  return { generation: getUint(bytes, 4, 4), identity: identity, counters: counters };
}

export function encodeEntry(counter: number, value: number, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  bytes[0] = counter;
  putUint(bytes, 1, 4, value);
  putUint(bytes, 5, 3, crc32(bytes.subarray(0, 5)) % 0x1000000);
  return bytes;
}

/** Raises the counter that a sound entry holds. */
export function applyEntry(bytes: Uint8Array, counters: Uint32Array, crc32: Crc32): void {
  if (bytes[0]! >= COUNTERS || getUint(bytes, 5, 3) !== crc32(bytes.subarray(0, 5)) % 0x1000000) return;
  counters[bytes[0]!] = Math.max(counters[bytes[0]!]!, getUint(bytes, 1, 4));
}
