// Colours as Espruino takes them (a number of the target's depth, "#rgb", "#rrggbb", or three fractions), turned
// into the number that a pixel holds. Pure.

export interface ColorArguments {
  red: unknown;
  green: unknown;
  blue: unknown;
}

/** The largest number a pixel of this depth holds, which is also what −1 means. */
export function fullColor(bitsPerPixel: number): number {
  return bitsPerPixel >= 32 ? 0xffffffff : 2 ** bitsPerPixel - 1;
}

export function toColor(color: ColorArguments, bitsPerPixel: number): number {
  const parts = typeof color.red === 'string' ? parseHex(color.red) : fractions(color);
  if (!parts) return Number(color.red) & fullColor(bitsPerPixel);
  const [red, green, blue] = parts.map((part) => Math.max(0, Math.min(255, Math.trunc(part * 256)))) as [
    number,
    number,
    number,
  ];
  if (bitsPerPixel === 16) return (blue >> 3) | ((green >> 2) << 5) | ((red >> 3) << 11);
  if (bitsPerPixel === 24) return blue | (green << 8) | (red << 16);
  if (bitsPerPixel === 1 || bitsPerPixel === 2)
    return red + green + blue >= 384 ? fullColor(bitsPerPixel) : 0;
  throw new Error(`The simulator has no palette for ${bitsPerPixel} bits a pixel: give a number`);
}

function fractions(color: ColorArguments): number[] | undefined {
  const parts = [color.red, color.green, color.blue].map((part) =>
    part === undefined ? Number.NaN : Number(part),
  );
  return parts.every(Number.isFinite) ? parts : undefined;
}

function parseHex(text: string): number[] {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  if (short) return short.slice(1).map((digit) => Number.parseInt(digit, 16) / 15);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (long) return long.slice(1).map((digits) => Number.parseInt(digits, 16) / 255);
  throw new Error("If Color is a String, it must be of the form '#rrggbb' or '#rgb'");
}
