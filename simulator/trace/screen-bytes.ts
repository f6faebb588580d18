// The panel's content as the firmware mirrors it strip by strip on its console, and its hash.
import { createHash } from 'node:crypto';
import { decompress } from '../espruino/heatshrink.ts';

const WIDTH_PX = 320;
const HEIGHT_PX = 240;
const STRIP_ROWS = 8;
const STRIP_BYTES = WIDTH_PX * STRIP_ROWS * 2;

export interface ScreenBytes {
  /** `text` is what follows `PJ1 strip `: the top row and base64 of the packed strip. */
  takeStrip(text: string): void;
  /** First 16 digits of the SHA-256 over all strips but those whose top rows are left out. */
  hash(without?: readonly number[]): string;
  /** RGB565, most significant byte first. */
  readonly pixels: Uint8Array;
}

export function createScreenBytes(): ScreenBytes {
  const pixels = new Uint8Array(WIDTH_PX * HEIGHT_PX * 2);
  return {
    pixels,
    takeStrip(text) {
      const [top, packed] = text.split(' ');
      pixels.set(decompress(Buffer.from(packed!, 'base64')), Number(top) * WIDTH_PX * 2);
    },
    hash(without = []) {
      const hash = createHash('sha256');
      for (let top = 0; top < HEIGHT_PX; top += STRIP_ROWS)
        if (!without.includes(top))
          hash.update(pixels.subarray(top * WIDTH_PX * 2, top * WIDTH_PX * 2 + STRIP_BYTES));
      return hash.digest('hex').slice(0, 16);
    },
  };
}
