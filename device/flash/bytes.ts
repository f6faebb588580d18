// Unsigned big-endian numbers of 1–6 bytes in a byte array, by arithmetic: the interpreter's bit operations
// end at 32 bits.

export function putUint(bytes: Uint8Array, offset: number, width: number, value: number): void {
  for (let i = width - 1; i >= 0; i--) {
    bytes[offset + i] = value % 256;
    value = Math.floor(value / 256);
  }
}

export function getUint(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + bytes[offset + i]!;
  return value;
}
