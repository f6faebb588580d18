// Where raw flash lies that nobody else uses. For the boards and for `.bootcde`, which knows no board otherwise.
import type { FlashArea } from '../ports.ts';

export interface BoardFlash {
  pageBytes: number;
  journal: FlashArea;
  /** Two halves used in turn. */
  identity: FlashArea;
  /** At the end of Storage, where it must not grow: our raw flash, and a page or two that stay blank before it. */
  storageReserveBytes: number;
}

/** The interpreter's Linux build maps its 256 KiB here; all of it is Storage's, so that we take the top. */
const LINUX_BASE = 0x10000000;
export const LINUX_IDENTITY_AREA: FlashArea = { address: LINUX_BASE + 0x2e000, bytes: 0x2000 };
export const LINUX_FLASH: BoardFlash = {
  pageBytes: 1024,
  journal: { address: LINUX_BASE + 0x30000, bytes: 0x10000 },
  identity: LINUX_IDENTITY_AREA,
  storageReserveBytes: 0x12000 + 2048,
};

export const ESP32_IDENTITY_AREA: FlashArea = { address: 0xe000, bytes: 0x2000 };
/** Outside the 896 KiB of Storage at 0x320000 (read in the interpreter's sources, not seen on a board). */
export const ESP32_FLASH: BoardFlash = {
  pageBytes: 4096,
  journal: { address: 0x310000, bytes: 0x10000 },
  identity: ESP32_IDENTITY_AREA,
  storageReserveBytes: 4096,
};
