// Reads an Espruino image (an object with width, height and buffer, another Graphics, or a string with its
// three- or four-byte header) into what drawing needs. A row does not start on a byte: pixels follow each other.

import { types } from 'node:util';
import { toBytes } from './bytes.ts';

export interface ParsedImage {
  width: number;
  height: number;
  bitsPerPixel: number;
  bytes: Uint8Array;
  /** The number in the image that is not drawn. */
  transparent: number | undefined;
  palette: ArrayLike<number> | undefined;
}

interface ImageObject {
  width?: unknown;
  height?: unknown;
  bpp?: unknown;
  buffer?: unknown;
  transparent?: unknown;
  palette?: unknown;
  getBPP?: () => number;
  getWidth?: () => number;
  getHeight?: () => number;
}

export function parseImage(image: unknown): ParsedImage {
  if (typeof image === 'string' || types.isAnyArrayBuffer(image) || ArrayBuffer.isView(image))
    return parseHeader(toBytes(image));
  if (typeof image !== 'object' || image === null) throw new Error('First argument must be Object or String');
  const given = image as ImageObject;
  const parsed: ParsedImage = {
    width: given.getWidth ? given.getWidth() : Number(given.width) | 0,
    height: given.getHeight ? given.getHeight() : Number(given.height) | 0,
    bitsPerPixel: given.getBPP ? given.getBPP() : Number(given.bpp) | 0 || 1,
    bytes: given.buffer === undefined ? new Uint8Array() : toBytes(given.buffer),
    transparent: given.transparent === undefined ? undefined : Number(given.transparent) >>> 0,
    palette: given.palette === undefined ? undefined : parsePalette(given.palette),
  };
  if (given.buffer === undefined || parsed.width <= 0 || parsed.height <= 0 || parsed.bitsPerPixel > 32)
    throw new Error('Expecting valid Image');
  return parsed;
}

function parsePalette(palette: unknown): ArrayLike<number> {
  if (types.isUint16Array(palette) && [2, 4, 8, 16, 256].includes(palette.length)) return palette;
  throw new Error('Palette specified, but must be a flat Uint16Array of 2,4,8,16,256 elements');
}

function parseHeader(bytes: Uint8Array): ParsedImage {
  const flags = bytes[2] ?? 0;
  const bitsPerPixel = flags & 63;
  let offset = flags & 128 ? 4 : 3;
  let palette: number[] | undefined;
  if (flags & 64) {
    palette = [];
    for (let index = 0; index < 1 << bitsPerPixel; index++, offset += 2)
      palette.push((bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8));
  }
  const image = { width: bytes[0] ?? 0, height: bytes[1] ?? 0, bitsPerPixel, palette };
  if (image.width === 0 || image.height === 0 || bitsPerPixel > 32) throw new Error('Expecting valid Image');
  return { ...image, bytes: bytes.subarray(offset), transparent: flags & 128 ? bytes[3]! : undefined };
}
