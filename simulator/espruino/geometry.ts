// The flash layouts our firmware knows, measured or read in espruino.md.

import type { FlashGeometry } from './host.ts';

const KIB = 1024;

/** The Linux build keeps 256 KiB in one file; all of it is Storage, so our raw areas are its top 72 KiB. */
export const LINUX: FlashGeometry = {
  board: 'LINUX',
  baseAddress: 0x10000000,
  flashBytes: 256 * KIB,
  pageBytes: 1 * KIB,
  journal: { offset: 0x30000, bytes: 0x10000 },
  identity: { offset: 0x2e000, bytes: 0x2000 },
  storageBytes: 0x2e000,
};

/** A 4 MiB ESP32: raw areas outside Storage, which is 896 KiB at 0x320000. */
export const ESP32: FlashGeometry = {
  board: 'ESP32',
  baseAddress: 0,
  flashBytes: 4096 * KIB,
  pageBytes: 4 * KIB,
  journal: { offset: 0x310000, bytes: 0x10000 },
  identity: { offset: 0xe000, bytes: 0x2000 },
  storageBytes: 896 * KIB,
};

/** Offset in the chip of an address of the program; −1 outside. */
export function chipOffset(geometry: FlashGeometry, address: number): number {
  const offset = address >= geometry.baseAddress ? address - geometry.baseAddress : -1;
  return offset >= 0 && offset < geometry.flashBytes ? offset : -1;
}
