// A staff member's photo as the evaluator can show it: one bit a pixel, dithered, cut to the panel's room for it.
// Takes a PNG or JPEG as it came; keeps and logs nothing of it.
import { type Image as CanvasImage, createCanvas, loadImage } from '@napi-rs/canvas';
import { PHOTO_HEIGHT_LIMIT_PX, PHOTO_WIDTH_LIMIT_PX } from '../../protocol/constants.ts';
import { unshrink } from './heatshrink.ts';
import { imageSizeOf } from './image-size.ts';
import { PHOTO_LIMIT_BYTES, PHOTO_SIDE_LIMIT_PX } from './photo-limits.ts';
import { packImage } from './text-image.ts';

const WIDTH_PX = PHOTO_WIDTH_LIMIT_PX;
const HEIGHT_PX = PHOTO_HEIGHT_LIMIT_PX;
const LIGHTEST = 255;
/** As many of the darkest and lightest pixels may become black and white. */
const CLIPPED_PART = 0.02;

/** As the protocol's image has it. */
export interface Picture {
  w: number;
  h: number;
  /** Base64 of the heatshrink stream. */
  d: string;
}

export type ReadPhoto =
  | { ok: true; picture: Picture }
  | { ok: false; code: 'photo.unreadable' | 'photo.too-large' };

export async function readPhoto(bytes: Buffer): Promise<ReadPhoto> {
  const size = imageSizeOf(bytes);
  if (!size || size.widthPx < 1 || size.heightPx < 1) return { ok: false, code: 'photo.unreadable' };
  if (bytes.length > PHOTO_LIMIT_BYTES || Math.max(size.widthPx, size.heightPx) > PHOTO_SIDE_LIMIT_PX)
    return { ok: false, code: 'photo.too-large' };
  let image: CanvasImage;
  try {
    image = await loadImage(bytes);
  } catch {
    return { ok: false, code: 'photo.unreadable' };
  }
  const bits = dither(stretch(grayOf(image)));
  return { ok: true, picture: packImage(bits, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX }) };
}

/** The picture as a PNG, for whoever wants to see what the evaluator shows. */
export function photoPng({ w, h, d }: Picture): Buffer {
  const bits = unshrink(Buffer.from(d, 'base64'));
  const canvas = createCanvas(w, h);
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(w, h);
  for (let pixel = 0; pixel < w * h; pixel++) {
    const isInk = (bits[pixel >> 3]! & (0x80 >> (pixel & 7))) !== 0;
    pixels.data.set(isInk ? [0, 0, 0, 255] : [255, 255, 255, 255], 4 * pixel);
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toBuffer('image/png');
}

/** The middle of the image in the shape of the picture, on white, as lightness. */
function grayOf(image: CanvasImage): Float64Array {
  const context = createCanvas(WIDTH_PX, HEIGHT_PX).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
  const scale = Math.max(WIDTH_PX / image.width, HEIGHT_PX / image.height);
  const width = image.width * scale;
  const height = image.height * scale;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, (WIDTH_PX - width) / 2, (HEIGHT_PX - height) / 2, width, height);
  const { data } = context.getImageData(0, 0, WIDTH_PX, HEIGHT_PX);
  // Luma of ITU-R BT.601.
  return Float64Array.from(
    { length: WIDTH_PX * HEIGHT_PX },
    (_, pixel) => 0.299 * data[4 * pixel]! + 0.587 * data[4 * pixel + 1]! + 0.114 * data[4 * pixel + 2]!,
  );
}

/** One bit shows only contrast: the lightness that is there is spread over all there can be. */
function stretch(gray: Float64Array): Float64Array {
  const sorted = Float64Array.from(gray).sort();
  const darkest = sorted[Math.floor(sorted.length * CLIPPED_PART)]!;
  const lightest = sorted[Math.ceil(sorted.length * (1 - CLIPPED_PART)) - 1]!;
  const range = lightest - darkest;
  return range < 1 ? gray : gray.map((value) => ((value - darkest) / range) * LIGHTEST);
}

/** Floyd and Steinberg's error diffusion; a one is ink. */
function dither(gray: Float64Array): Uint8Array {
  const rest = Float64Array.from(gray);
  const bits = new Uint8Array((WIDTH_PX * HEIGHT_PX) / 8);
  const spread = (x: number, y: number, amount: number) => {
    if (x >= 0 && x < WIDTH_PX && y < HEIGHT_PX) rest[y * WIDTH_PX + x]! += amount;
  };
  for (let y = 0; y < HEIGHT_PX; y++)
    for (let x = 0; x < WIDTH_PX; x++) {
      const pixel = y * WIDTH_PX + x;
      const isInk = rest[pixel]! < LIGHTEST / 2;
      const error = rest[pixel]! - (isInk ? 0 : LIGHTEST);
      if (isInk) bits[pixel >> 3]! |= 0x80 >> (pixel & 7);
      spread(x + 1, y, (error * 7) / 16);
      spread(x - 1, y + 1, (error * 3) / 16);
      spread(x, y + 1, (error * 5) / 16);
      spread(x + 1, y + 1, error / 16);
    }
  return bits;
}
