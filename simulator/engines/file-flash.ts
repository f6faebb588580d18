// A NOR flash chip in one file. A write or erase has reached the file when the call returns, so killing this
// process loses nothing; it is not synced to the disk, so it proves process death only.

import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { FlashChip } from '../ports.ts';

export interface FileFlash extends FlashChip {
  close(): void;
}

export function openFileFlash(options: { path: string; bytes: number; pageBytes: number }): FileFlash {
  const { path, bytes, pageBytes } = options;
  if (!existsSync(path)) createErased(path, bytes);
  const image = readFileSync(path);
  if (image.length !== bytes) throw new Error(`${path} has ${image.length} bytes instead of ${bytes}.`);
  const file = openSync(path, 'r+');
  const store = (address: number, length: number): void => {
    for (let done = 0; done < length; )
      done += writeSync(file, image, address + done, length - done, address + done);
  };
  const check = (address: number, length: number): void => {
    if (address < 0 || address + length > bytes)
      throw new RangeError(`Flash address ${address} is outside the chip.`);
  };
  return {
    bytes,
    pageBytes,
    read(address, length) {
      check(address, length);
      return new Uint8Array(image.subarray(address, address + length));
    },
    write(address, data) {
      check(address, data.length);
      for (let index = 0; index < data.length; index++) image[address + index]! &= data[index]!;
      store(address, data.length);
    },
    erasePage(address) {
      check(address, 1);
      const start = address - (address % pageBytes);
      image.fill(0xff, start, start + pageBytes);
      store(start, pageBytes);
    },
    close: () => closeSync(file),
  };
}

/** Under another name first: a file that is there is whole. */
function createErased(path: string, bytes: number): void {
  writeFileSync(`${path}.new`, new Uint8Array(bytes).fill(0xff));
  renameSync(`${path}.new`, path);
}
