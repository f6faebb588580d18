// Bytes to lower-case hexadecimal and back, and to binary strings (one character per byte).

const DIGITS = '0123456789abcdef';

export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < bytes.length; i++) hex += DIGITS[bytes[i]! >> 4]! + DIGITS[bytes[i]! & 15]!;
  return hex;
}

/** Of an even number of hexadecimal digits; whether they are is the caller's to know. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = DIGITS.indexOf(hex[2 * i]!) * 16 + DIGITS.indexOf(hex[2 * i + 1]!);
  return bytes;
}

export function isHex(value: unknown, digits: number): value is string {
  if (typeof value !== 'string' || value.length !== digits) return false;
  for (let i = 0; i < digits; i++) if (DIGITS.indexOf(value[i]!) < 0) return false;
  return true;
}

export function toBinary(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
