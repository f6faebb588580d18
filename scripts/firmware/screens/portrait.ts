// A portrait for the gallery, as a gateway would send one: 80×96, one bit a pixel, dithered.
import { createCanvas } from '@napi-rs/canvas';
import type { Image } from '../../../device/contracts.ts';
import { heatshrink } from '../../../gateway/screens/heatshrink.ts';

const WIDTH_PX = 80;
const HEIGHT_PX = 96;
/** Ordered dither, 4×4. */
const THRESHOLDS = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

export function drawPortrait(): Image {
  const context = createCanvas(WIDTH_PX, HEIGHT_PX).getContext('2d');
  const sky = context.createLinearGradient(0, 0, 0, HEIGHT_PX);
  sky.addColorStop(0, '#fff');
  sky.addColorStop(1, '#aaa');
  context.fillStyle = sky;
  context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
  const oval = (color: string, [x, y, width, height]: [number, number, number, number]) => {
    context.fillStyle = color;
    context.beginPath();
    context.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
    context.fill();
  };
  oval('#223', [40, 104, 38, 34]);
  oval('#fff', [40, 74, 10, 16]);
  oval('#222', [40, 34, 23, 25]);
  oval('#e4d5c8', [40, 42, 18, 23]);
  oval('#222', [33, 40, 2, 2]);
  oval('#222', [47, 40, 2, 2]);
  oval('#a66', [40, 54, 6, 2]);
  const { data } = context.getImageData(0, 0, WIDTH_PX, HEIGHT_PX);
  const bits = new Uint8Array((WIDTH_PX * HEIGHT_PX) / 8);
  for (let pixel = 0; pixel < WIDTH_PX * HEIGHT_PX; pixel++) {
    const threshold = THRESHOLDS[(Math.floor(pixel / WIDTH_PX) % 4) * 4 + (pixel % 4)]! * 16 + 8;
    if (data[4 * pixel + 1]! < threshold) bits[pixel >> 3]! |= 0x80 >> (pixel & 7);
  }
  return { w: WIDTH_PX, h: HEIGHT_PX, d: Buffer.from(heatshrink(bits)).toString('latin1') };
}
