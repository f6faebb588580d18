// Draws the evaluator's screen from its strips, pixel for pixel as the firmware made them: base64, heatshrink,
// RGB565 big-endian, eight rows a strip.
import { decompress } from '../../espruino/heatshrink.ts';
import type { StripView } from '../feed-types.ts';

export const SCREEN_WIDTH_PX = 320;
export const SCREEN_HEIGHT_PX = 240;

export function drawStrips(canvas: HTMLCanvasElement, strips: StripView[]): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  for (const [y, data] of strips) {
    const bytes = decompress(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
    const rows = Math.floor(bytes.length / (2 * SCREEN_WIDTH_PX));
    if (rows === 0) continue;
    const image = context.createImageData(SCREEN_WIDTH_PX, rows);
    paint(bytes, image.data);
    context.putImageData(image, 0, y);
  }
}

function paint(bytes: Uint8Array, rgba: Uint8ClampedArray): void {
  for (let pixel = 0; pixel * 4 < rgba.length; pixel += 1) {
    const word = (bytes[2 * pixel]! << 8) | bytes[2 * pixel + 1]!;
    rgba[4 * pixel] = ((word >> 11) * 255) / 31;
    rgba[4 * pixel + 1] = (((word >> 5) & 63) * 255) / 63;
    rgba[4 * pixel + 2] = ((word & 31) * 255) / 31;
    rgba[4 * pixel + 3] = 255;
  }
}
