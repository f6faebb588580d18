// NOR flash in memory with the faults that raw flash has: power cut inside any write or erase, pages gone bad.
// For tests and the simulator; it knows nothing of what is stored.
import type { RawFlash } from '../../ports.ts';

/** Thrown by the operation that the power cut hit; nothing runs after it. */
export class PowerCut extends Error {}

export interface Tear {
  /** Of a write: bytes that arrived whole. */
  bytes: number;
  /** Of a write: bits of the next byte that stayed set although they were to be cleared. */
  keptBits: number;
  /** Of an erase: makes the bytes that the page is left with. Without it the page keeps what it had. */
  content?: (index: number) => number;
}

export interface FlashOperation {
  /** 0 for the first. */
  index: number;
  address: number;
  /** Of a write; undefined for an erase. */
  data: Uint8Array | undefined;
}

export interface NorFlash extends RawFlash {
  readonly image: Uint8Array;
  /** Writes and erases so far. */
  operations: number;
  /** Erases of each page. */
  readonly erases: number[];
  /** Bytes read so far. */
  bytesRead: number;
  /** Called before each operation. Returning a tear cuts the power inside it. */
  beforeOperation: ((operation: FlashOperation) => Tear | undefined) | undefined;
  /** Pages whose bits no longer change. */
  readonly badPages: Set<number>;
}

export function createNorFlash(options: { bytes: number; pageBytes: number; image?: Uint8Array }): NorFlash {
  const { pageBytes } = options;
  const image = options.image ?? new Uint8Array(options.bytes).fill(0xff);
  const inside = (address: number, length: number) => {
    if (address < 0 || address + length > image.length) throw new Error(`flash address ${address}+${length}`);
  };
  const flash: NorFlash = {
    pageBytes,
    image,
    operations: 0,
    erases: new Array(image.length / pageBytes).fill(0),
    bytesRead: 0,
    beforeOperation: undefined,
    badPages: new Set(),
    read(address, length) {
      inside(address, length);
      flash.bytesRead += length;
      return image.slice(address, address + length);
    },
    write(address, data) {
      inside(address, data.length);
      const index = flash.operations++;
      const tear = flash.beforeOperation?.({ index, address, data });
      const whole = tear ? Math.min(tear.bytes, data.length) : data.length;
      const clear = (index: number, bits: number) => {
        const at = address + index;
        if (!flash.badPages.has(Math.floor(at / pageBytes))) image[at] = image[at]! & bits;
      };
      for (let i = 0; i < whole; i++) clear(i, data[i]!);
      if (!tear) return;
      if (whole < data.length) clear(whole, data[whole]! | tear.keptBits);
      throw new PowerCut('power cut in a write');
    },
    erasePage(address) {
      const page = Math.floor(address / pageBytes);
      const start = page * pageBytes;
      inside(start, pageBytes);
      const index = flash.operations++;
      const tear = flash.beforeOperation?.({ index, address: start, data: undefined });
      flash.erases[page]!++;
      if (!flash.badPages.has(page)) {
        if (!tear) image.fill(0xff, start, start + pageBytes);
        else if (tear.content) for (let i = 0; i < pageBytes; i++) image[start + i] = tear.content(i) & 0xff;
      }
      if (tear) throw new PowerCut('power cut in an erase');
    },
  };
  return flash;
}
