// require("Flash") over the chip of the world. Addresses are the program's; outside the chip reads give zeros and
// writes do nothing, as on the interpreter.

import { toBytes } from './bytes.ts';
import { chipOffset } from './geometry.ts';
import type { Host } from './host.ts';

export function createFlash(host: Host): object {
  const { realm, geometry } = host;
  const chip = host.ports.flash;
  return {
    read(lengthBytes: number, address: number) {
      if (!(lengthBytes > 0)) return undefined;
      const offset = chipOffset(geometry, address);
      const bytes = new realm.builtins.Uint8Array(lengthBytes);
      if (offset >= 0) bytes.set(chip.read(offset, Math.min(lengthBytes, geometry.flashBytes - offset)));
      return bytes;
    },
    write(data: unknown, address: number) {
      if (data === undefined) throw realm.error('Data is not defined');
      const bytes = toBytes(data);
      const offset = chipOffset(geometry, address);
      if (bytes.length > 0 && offset >= 0)
        chip.write(offset, bytes.subarray(0, geometry.flashBytes - offset));
    },
    erasePage(address: unknown) {
      if (typeof address !== 'number')
        throw realm.error(`Address should be an integer, got ${typeof address}`);
      const offset = chipOffset(geometry, address);
      if (offset >= 0) chip.erasePage(offset - (offset % geometry.pageBytes));
    },
    getPage(address: number) {
      const offset = chipOffset(geometry, address);
      if (offset < 0) return undefined;
      return realm.object({ addr: address - (offset % geometry.pageBytes), length: geometry.pageBytes });
    },
    getFree() {
      const areas =
        geometry.board === 'LINUX' ? [{ offset: 0, bytes: geometry.flashBytes }] : espFreeAreas(host);
      return realm.array(
        areas.map((area) => realm.object({ addr: geometry.baseAddress + area.offset, length: area.bytes })),
      );
    },
  };
}

/** As ESP32 lists them, the last one inside Storage (read in its sources). */
function espFreeAreas(host: Host): { offset: number; bytes: number }[] {
  return [host.geometry.identity, host.geometry.journal, { offset: 0x360000, bytes: 640 * 1024 }];
}
