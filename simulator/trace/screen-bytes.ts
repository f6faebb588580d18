// The panel's content as the firmware mirrors it strip by strip on its console, and its hash.
import { createHash } from 'node:crypto';
import { decompress } from '../espruino/heatshrink.ts';

const ROW_BYTES = 320 * 2;
const HEIGHT_PX = 240;

export interface Rows {
  top: number;
  rows: number;
}

export interface ScreenBytes {
  /** `text` is what follows `PJ1 strip `: the top row and base64 of the packed strip. */
  takeStrip(text: string): void;
  /** First 16 digits of the SHA-256 over all rows but those left out. */
  hash(leftOut?: Rows): string;
}

/** RGB565, black at first. */
export function createScreenBytes(): ScreenBytes {
  const pixels = new Uint8Array(ROW_BYTES * HEIGHT_PX);
  return {
    takeStrip(text) {
      const [top, packed] = text.split(' ');
      pixels.set(decompress(Buffer.from(packed!, 'base64')), Number(top) * ROW_BYTES);
    },
    hash(leftOut = { top: 0, rows: 0 }) {
      const hash = createHash('sha256')
        .update(pixels.subarray(0, leftOut.top * ROW_BYTES))
        .update(pixels.subarray((leftOut.top + leftOut.rows) * ROW_BYTES));
      return hash.digest('hex').slice(0, 16);
    },
  };
}
