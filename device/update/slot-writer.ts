// Writes an image into the slot that does not run, file by file, and knows from Storage alone how much of it is
// there. Never makes Storage compact by itself: a file is made only where the free part takes it.

import type { Slot } from '../boot/slot-choice.ts';
import { MANIFEST, type Manifest, slotFile } from '../boot/slot-files.ts';
import type { Hardware } from '../ports.ts';

const HEADER_BYTES = 32;
const WINDOWS_BYTES = [1024, 32, 1];

export interface Target {
  hardware: Hardware;
  slot: Slot;
}

export function roomBytes(hardware: Hardware): number {
  return hardware.files.getStats().freeBytes - hardware.storageReserveBytes;
}

/** The manifest first: from then on the slot is not whole. */
export function eraseSlot(target: Target): void {
  const files = target.hardware.files;
  files.erase(slotFile(target.slot, MANIFEST));
  for (const name of files.list(target.slot === 'a' ? /^pj-a\./ : /^pj-b\./)) files.erase(name);
}

/** Bytes of the image that Storage holds, whose manifest line it holds too. */
export function heldBytes(target: Target, line: string, manifest: Manifest): number {
  let at = line.length;
  for (const file of manifest.files) {
    const held = writtenBytes(target, slotFile(target.slot, file[0]));
    at += held;
    if (held < file[1]) break;
  }
  return at;
}

/** Up to the last byte that is not blank: what was torn there is found by the hash. */
function writtenBytes(target: Target, name: string): number {
  const read = target.hardware.files.read;
  const whole = read(name);
  let end = whole ? whole.length : 0;
  for (const window of WINDOWS_BYTES) {
    const blank = ''.padEnd(window, '\xff');
    let start = Math.max(0, end - window);
    while (end > 0 && read(name, start, end - start) === blank.slice(0, end - start)) {
      end = start;
      start = Math.max(0, end - window);
    }
  }
  return end;
}

export type WriteResult = 'written' | 'room' | 'failed';

export function writeManifest(target: Target, line: string): WriteResult {
  return put(target, { name: slotFile(target.slot, MANIFEST), data: line, at: 0, bytes: line.length });
}

/** `offset` is that of the data in the image, behind the manifest line, which is `lineBytes` long. */
export function writeFiles(
  target: Target,
  image: { manifest: Manifest; lineBytes: number },
  piece: { offset: number; data: string },
): WriteResult {
  let start = image.lineBytes;
  let data = piece.data;
  let offset = piece.offset;
  for (const file of image.manifest.files) {
    const at = offset - start;
    start += file[1];
    if (!data || at >= file[1]) continue;
    const part = data.slice(0, file[1] - at);
    const result = put(target, { name: slotFile(target.slot, file[0]), data: part, at: at, bytes: file[1] });
    if (result !== 'written') return result;
    data = data.slice(part.length);
    offset += part.length;
  }
  return data ? 'failed' : 'written';
}

function put(target: Target, piece: { name: string; data: string; at: number; bytes: number }): WriteResult {
  const hardware = target.hardware;
  const files = hardware.files;
  try {
    const isNew = files.read(piece.name) === undefined;
    if (isNew && piece.bytes + 2 * HEADER_BYTES > roomBytes(hardware)) return 'room';
    files.write(piece.name, piece.data, piece.at, piece.at ? 0 : piece.bytes);
    return files.read(piece.name, piece.at, piece.data.length) === piece.data ? 'written' : 'failed';
  } catch (error) {
    hardware.tell('log', `update: ${error}`);
    return 'failed';
  }
}
