// The real interpreter's flash file: puts the firmware's files into its Storage part and leaves raw flash as it
// is, byte for byte. Written directly rather than by the interpreter, whose overwriting compacts Storage and, when
// power fails or room is short, destroys raw flash (espruino.md); the file is replaced whole or not at all.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LINUX } from '../espruino/geometry.ts';
import type { FlashGeometry } from '../espruino/host.ts';
import { isReplaced } from './installed-firmware.ts';
import { readStorage, type StoredFile, writeStorage } from './storage-image.ts';

/** The interpreter's name for it, in its working folder. */
export const FLASH_FILE = 'espruino.flash';

/** Files as they are in Storage, oldest first. */
export function storedFiles(folder: string): StoredFile[] {
  return readStorage(readImage(join(folder, FLASH_FILE)).subarray(0, LINUX.storageBytes), LINUX.pageBytes);
}

/** Adds or replaces `files`, before the others that stay. Nothing is written when all are equal. */
export function installIntoFlash(folder: string, files: [string, Uint8Array][]): void {
  const path = join(folder, FLASH_FILE);
  const image = readImage(path);
  const present = readStorage(image.subarray(0, LINUX.storageBytes), LINUX.pageBytes);
  const same = files.every(([name, data]) =>
    present.some((file) => file.name === name && Buffer.compare(file.data, data) === 0),
  );
  if (same && existsSync(path)) return;
  const wanted = new Set(files.map(([name]) => name));
  const kept = present.filter((file) => !wanted.has(file.name) && !isReplaced(file.name));
  const all = [...files.map(([name, data]) => ({ name, flags: 0, data })), ...kept];
  image.set(writeStorage(all, LINUX.storageBytes), 0);
  replaceFile(path, image);
}

/**
 * Writes bytes into raw flash from outside while the power is off, for instance an identity. `offset` is from the
 * chip's start. Bits are set as given: this is a programmer's clip, not the program's write.
 */
export function writeRawFlash(
  file: { path: string; geometry: FlashGeometry },
  offset: number,
  data: Uint8Array,
): void {
  if (offset < 0 || offset + data.length > file.geometry.flashBytes)
    throw new RangeError('Outside the flash chip.');
  mkdirSync(dirname(file.path), { recursive: true });
  const image = readImage(file.path, file.geometry);
  image.set(data, offset);
  replaceFile(file.path, image);
}

function readImage(path: string, geometry = LINUX): Uint8Array {
  if (!existsSync(path)) return new Uint8Array(geometry.flashBytes).fill(0xff);
  const image = new Uint8Array(readFileSync(path));
  if (image.length !== geometry.flashBytes)
    throw new Error(`${path} is not ${geometry.flashBytes} bytes long.`);
  return image;
}

function replaceFile(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}
