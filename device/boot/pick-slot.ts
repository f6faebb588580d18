// The part of `.bootcde` that looks at flash: reads the choice from the identity area, verifies the slot, and leaves
// the name of its file in the global `slot` (empty: none) and whether it is on trial in `trial`. The build puts
// all of it into a function, so that none of its own names is left when the firmware is evaluated.
import { createIdentityStore } from '../flash/identity.ts';
import type { FlashArea } from '../ports.ts';
import { isOnTrial } from './slot-choice.ts';
import { slotFile, slotIsWhole } from './slot-files.ts';
import { whichSlot } from './which-slot.ts';

export function pickSlot(identityArea: FlashArea): void {
  const flash = library('Flash');
  const read = library('Storage').read;
  const sha256 = (data: Uint8Array | string) => new Uint8Array(library('crypto').SHA256(data));
  const store = createIdentityStore({
    flash: {
      read: (address, length) => flash.read(length, address),
      write: (address, data) => flash.write(data, address),
      erasePage: (address) => flash.erasePage(address | 0),
    },
    area: identityArea,
    crc32: E.CRC32,
  });
  const slot = whichSlot(store, (candidate) => slotIsWhole(read, sha256, candidate));
  global.slot = slot ? slotFile(slot, 'js') : '';
  global.trial = isOnTrial(store);
}
