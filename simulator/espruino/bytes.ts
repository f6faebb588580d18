// Turns what Espruino programs pass as "data" (strings, typed arrays, numbers, nested arrays) into bytes, and
// bytes into Espruino's strings of one character per byte. Pure.

import { types } from 'node:util';

/** Bytes of a value as Espruino's `JSV_GET_AS_CHAR_ARRAY` sees it; every element is cut to 8 bits. */
export function toBytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (value instanceof Uint8Array) return value;
  if (types.isUint8Array(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  const out: number[] = [];
  collect(value, out);
  return Uint8Array.from(out);
}

/** One character per byte. */
export function binaryString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function collect(value: unknown, out: number[]): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'number') out.push(value & 255);
  else if (typeof value === 'boolean') out.push(value ? 1 : 0);
  else if (typeof value === 'string') for (const byte of Buffer.from(value, 'latin1')) out.push(byte);
  else if (types.isAnyArrayBuffer(value)) for (const byte of new Uint8Array(value)) out.push(byte);
  else if (types.isTypedArray(value)) for (const element of value) out.push(Number(element) & 255);
  else if (Array.isArray(value)) for (const element of value) collect(element, out);
  else collectRepeated(value, out);
}

/** `{data, count}`, Espruino's notation for repeated data. */
function collectRepeated(value: unknown, out: number[]): void {
  const repeated = value as { data?: unknown; count?: unknown };
  if (typeof repeated.count !== 'number') throw new TypeError('Expecting a number or something iterable');
  for (let index = 0; index < repeated.count; index++) collect(repeated.data, out);
}
