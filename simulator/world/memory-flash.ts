// A NOR flash chip in memory: writing clears bits, erasing sets a page. `beforeOperation` may cut the power before an
// operation by throwing.
import type { FlashChip } from '../ports.ts';

export interface MemoryFlash extends FlashChip {
  /** The chip's content; what is changed here is changed on the chip. */
  readonly image: Uint8Array;
  /** Writes and erases so far. */
  readonly operations: number;
}

export interface MemoryFlashOptions {
  bytes: number;
  pageBytes: number;
  /** Content at the start; erased if missing. */
  image?: Uint8Array;
  /** Called before each write and erase with its number from 0. */
  beforeOperation?: (operation: number) => void;
}

export function createMemoryFlash(options: MemoryFlashOptions): MemoryFlash {
  const { bytes, pageBytes, beforeOperation } = options;
  const image = options.image?.slice() ?? new Uint8Array(bytes).fill(0xff);
  let operations = 0;
  const begin = () => {
    beforeOperation?.(operations);
    operations += 1;
  };
  const check = (address: number, length: number) => {
    if (address < 0 || address + length > bytes)
      throw new RangeError(`Flash address ${address} is outside the chip.`);
  };
  return {
    bytes,
    pageBytes,
    image,
    get operations() {
      return operations;
    },
    read(address, length) {
      check(address, length);
      return image.slice(address, address + length);
    },
    write(address, data) {
      check(address, data.length);
      begin();
      for (let index = 0; index < data.length; index++) image[address + index]! &= data[index]!;
    },
    erasePage(address) {
      check(address, 1);
      begin();
      const start = address - (address % pageBytes);
      image.fill(0xff, start, start + pageBytes);
    },
  };
}
