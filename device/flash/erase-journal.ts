// Empties the journal's area for a device that gets another identity: what another device recorded must never be
// sent under a new name. Whoever calls it has made sure that nothing is lost by it.
import type { FlashArea, RawFlash } from '../ports.ts';
import type { Crc32 } from './journal-layout.ts';

/** False when a page does not read back erased; the new identity must then not be written. */
export function eraseJournal(flash: RawFlash, area: FlashArea, crc32: Crc32): boolean {
  const checkBytes = 256;
  const blank = crc32(new Uint8Array(checkBytes).fill(255));
  for (let at = 0; at < area.bytes; at += flash.pageBytes) flash.erasePage(area.address + at);
  for (let at = 0; at < area.bytes; at += checkBytes)
    if (crc32(flash.read(area.address + at, checkBytes)) !== blank) return false;
  return true;
}
