// Espruino's Graphics over an array buffer: rectangles, pixels and 1:1 images, byte for byte what the interpreter
// writes. Not here: fonts, lines, circles, rotation, scaling, and the built-in palettes of 2 to 8 bits.

import { toBytes } from './bytes.ts';
import { fullColor, toColor } from './graphics-color.ts';
import { type ParsedImage, parseImage } from './graphics-image.ts';
import type { Realm } from './realm.ts';

interface Rect {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

interface GraphicsOptions {
  /** Most significant first: bits within a byte, and bytes within a pixel. The default. */
  msb?: boolean;
  buffer?: ArrayBuffer;
}

/** Of a buffer that nothing is drawn in. */
const BLIND_BYTES = 4;
const blindCanvases = new WeakSet<object>();

/** The buffer of a canvas that nobody looks at: its content never changes. */
export function isBlindCanvas(value: unknown): value is ArrayBuffer {
  return typeof value === 'object' && value !== null && blindCanvases.has(value);
}

const DEPTHS = [1, 2, 4, 8, 16, 24, 32];

/** Makes the global `Graphics` of one device. Where nobody looks, `isBlind` leaves the pixels as they are. */
export function createGraphics(realm: Realm, isBlind = false): object {
  const createArrayBuffer = (width: number, height: number, depth: number, options: GraphicsOptions = {}) => {
    if (!(width > 0 && height > 0 && width <= 32_767 && height <= 32_767)) throw realm.error('Invalid Size');
    if (!DEPTHS.includes(depth)) throw realm.error('Invalid BPP');
    const lengthBytes = isBlind ? BLIND_BYTES : (width * height * depth + 7) >> 3;
    const buffer = options.buffer ?? realm.arrayBuffer(new Uint8Array(lengthBytes));
    if (isBlind && !options.buffer) blindCanvases.add(buffer);
    return new Graphics({ width, height, depth, buffer, msbFirst: options.msb ?? true, isBlind });
  };
  return Object.assign(Graphics, { createArrayBuffer });
}

class Graphics {
  readonly buffer: ArrayBuffer;
  readonly #width: number;
  readonly #height: number;
  readonly #depth: number;
  readonly #msbFirst: boolean;
  readonly #isBlind: boolean;
  readonly #bytes: Uint8Array;
  #foreground = 0;
  #background = 0;
  #clip: Rect = { x1: 0, y1: 0, x2: 0, y2: 0 };

  constructor(target: {
    width: number;
    height: number;
    depth: number;
    buffer: ArrayBuffer;
    msbFirst: boolean;
    isBlind: boolean;
  }) {
    this.buffer = target.buffer;
    this.#width = target.width | 0;
    this.#height = target.height | 0;
    this.#depth = target.depth;
    this.#msbFirst = target.msbFirst;
    this.#isBlind = target.isBlind;
    this.#bytes = toBytes(target.buffer);
    this.reset();
  }

  getWidth(): number {
    return this.#width;
  }

  getHeight(): number {
    return this.#height;
  }

  getBPP(): number {
    return this.#depth;
  }

  reset(): this {
    this.#foreground = fullColor(this.#depth);
    this.#background = 0;
    this.#clip = { x1: 0, y1: 0, x2: this.#width - 1, y2: this.#height - 1 };
    return this;
  }

  clear(resetState?: boolean): this {
    if (resetState) this.reset();
    this.#fill({ x1: 0, y1: 0, x2: this.#width - 1, y2: this.#height - 1 }, this.#background);
    return this;
  }

  setColor(red: unknown, green?: unknown, blue?: unknown): this {
    this.#foreground = toColor({ red, green, blue }, this.#depth);
    return this;
  }

  setBgColor(red: unknown, green?: unknown, blue?: unknown): this {
    this.#background = toColor({ red, green, blue }, this.#depth);
    return this;
  }

  toColor(red: unknown, green?: unknown, blue?: unknown): number {
    return toColor({ red, green, blue }, this.#depth);
  }

  getColor(): number {
    return this.#foreground;
  }

  getBgColor(): number {
    return this.#background;
  }

  setClipRect(x1: number, y1: number, x2: number, y2: number): this {
    this.#clip = { x1, y1, x2, y2 };
    return this;
  }

  fillRect(x1: number | Partial<Rect>, y1?: number, x2?: number, y2?: number): this {
    this.#fill(rectOf(x1, y1, x2, y2), this.#foreground);
    return this;
  }

  clearRect(x1: number | Partial<Rect>, y1?: number, x2?: number, y2?: number): this {
    this.#fill(rectOf(x1, y1, x2, y2), this.#background);
    return this;
  }

  drawRect(x1: number | Partial<Rect>, y1?: number, x2?: number, y2?: number): this {
    const rect = rectOf(x1, y1, x2, y2);
    this.#fill({ ...rect, y2: rect.y1 }, this.#foreground);
    this.#fill({ ...rect, x1: rect.x2 }, this.#foreground);
    this.#fill({ ...rect, y1: rect.y2 }, this.#foreground);
    this.#fill({ ...rect, x2: rect.x1 }, this.#foreground);
    return this;
  }

  getPixel(x: number, y: number): number {
    if (x < 0 || y < 0 || x >= this.#width || y >= this.#height) return 0;
    return this.#read(x | 0, y | 0);
  }

  setPixel(x: number, y: number, color?: unknown): this {
    const value =
      color === undefined ? this.#foreground : toColor({ red: color, green: 0, blue: 0 }, this.#depth);
    this.#fill({ x1: x, y1: y, x2: x, y2: y }, value);
    return this;
  }

  drawImage(image: unknown, x: number, y: number, options?: { scale?: number; rotate?: number }): this {
    if ((options?.scale ?? 1) !== 1 || options?.rotate)
      throw new Error('The simulator draws images 1:1 only');
    if (!this.#isBlind) this.#blit(parseImage(image), x | 0, y | 0);
    return this;
  }

  #blit(image: ParsedImage, left: number, top: number): void {
    const clip = this.#clip;
    const fromX = Math.max(0, clip.x1 - left);
    const toX = Math.min(image.width - 1, clip.x2 - left);
    const fromY = Math.max(0, clip.y1 - top);
    const toY = Math.min(image.height - 1, clip.y2 - top);
    const colors =
      image.palette ?? (image.bitsPerPixel === 1 ? [this.#background, this.#foreground] : undefined);
    for (let row = fromY; row <= toY; row++) {
      for (let column = fromX; column <= toX; column++) {
        const pixel = imagePixel(image, row * image.width + column);
        if (pixel === image.transparent) continue;
        this.#write(left + column, top + row, colors ? (colors[pixel % colors.length] ?? 0) & 0xffff : pixel);
      }
    }
  }

  #fill(rect: Rect, color: number): void {
    if (this.#isBlind) return;
    const x1 = Math.max(Math.min(rect.x1, rect.x2) | 0, this.#clip.x1);
    const x2 = Math.min(Math.max(rect.x1, rect.x2) | 0, this.#clip.x2);
    const y1 = Math.max(Math.min(rect.y1, rect.y2) | 0, this.#clip.y1);
    const y2 = Math.min(Math.max(rect.y1, rect.y2) | 0, this.#clip.y2);
    if (x2 < x1) return;
    for (let y = y1; y <= y2; y++) this.#fillRow(x1, x2, y, color);
  }

  #fillRow(x1: number, x2: number, y: number, color: number): void {
    let x = x1;
    if (this.#depth === 1) {
      const start = y * this.#width;
      for (; x <= x2 && (start + x) & 7; x++) this.#write(x, y, color);
      const wholeBytes = (x2 + 1 - x) >> 3;
      if (wholeBytes > 0) {
        const first = (start + x) >> 3;
        this.#bytes.fill(color & 1 ? 0xff : 0, first, first + wholeBytes);
        x += wholeBytes * 8;
      }
    }
    for (; x <= x2; x++) this.#write(x, y, color);
  }

  #write(x: number, y: number, color: number): void {
    const depth = this.#depth;
    const bit = (x + y * this.#width) * depth;
    const index = bit >> 3;
    if (depth < 8) {
      const mask = (1 << depth) - 1;
      const shift = this.#msbFirst ? 8 - ((bit & 7) + depth) : bit & 7;
      this.#bytes[index] = (this.#bytes[index]! & ~(mask << shift)) | ((color & mask) << shift);
      return;
    }
    const lengthBytes = depth >> 3;
    for (let byte = 0; byte < lengthBytes; byte++)
      this.#bytes[index + byte] = color >>> (8 * (this.#msbFirst ? lengthBytes - 1 - byte : byte));
  }

  #read(x: number, y: number): number {
    const depth = this.#depth;
    const bit = (x + y * this.#width) * depth;
    const index = bit >> 3;
    if (depth < 8) {
      const shift = this.#msbFirst ? 8 - ((bit & 7) + depth) : bit & 7;
      return (this.#bytes[index]! >> shift) & ((1 << depth) - 1);
    }
    const lengthBytes = depth >> 3;
    let value = 0;
    for (let byte = 0; byte < lengthBytes; byte++)
      value = value * 256 + this.#bytes[index + (this.#msbFirst ? byte : lengthBytes - 1 - byte)]!;
    return value;
  }
}

function imagePixel(image: ParsedImage, index: number): number {
  const depth = image.bitsPerPixel;
  const bit = index * depth;
  if (depth === 1) return ((image.bytes[bit >> 3] ?? 0xff) >> (7 - (bit & 7))) & 1;
  if (depth === 16) return ((image.bytes[index * 2] ?? 0xff) << 8) | (image.bytes[index * 2 + 1] ?? 0xff);
  let value = 0;
  for (let at = bit; at < bit + depth; at++)
    value = value * 2 + (((image.bytes[at >> 3] ?? 0xff) >> (7 - (at & 7))) & 1);
  return value;
}

function rectOf(x1: number | Partial<Rect>, y1?: number, x2?: number, y2?: number): Rect {
  if (typeof x1 === 'number') return { x1, y1: y1 ?? 0, x2: x2 ?? 0, y2: y2 ?? 0 };
  const given = x1 as Partial<Rect> & { x?: number; y?: number; w?: number; h?: number; r?: number };
  if (given.r) throw new Error('The simulator has no rounded rectangles');
  const left = given.x1 ?? given.x ?? 0;
  const top = given.y1 ?? given.y ?? 0;
  const right = given.w === undefined ? (given.x2 ?? 0) : left + given.w;
  return { x1: left, y1: top, x2: right, y2: given.h === undefined ? (given.y2 ?? 0) : top + given.h };
}
