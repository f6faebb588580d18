// Keeps the Wi-Fi that the set-up page was given. Never overwrites: the file that does not count is erased and written anew,
// so that after a power cut the settings are the old or the new ones.
import type { Hardware } from '../ports.ts';
import { newestWifi, WIFI_FILES } from '../settings.ts';

const HEADER_BYTES = 64;

/** False where there is no room, or Storage did not take it. */
export function saveWifi(hardware: Hardware, name: string, password: string): boolean {
  const files = hardware.files;
  try {
    const given = JSON.parse(files.read('pj.net') || '{}');
    const newest = newestWifi(files, given);
    const file = WIFI_FILES[newest && newest.file === 0 ? 1 : 0]!;
    const over = [given.wifi || '', given.password || ''].join('\n');
    const data = JSON.stringify({ n: newest ? newest.n + 1 : 1, over: over, wifi: name, password: password });
    // Storage must not compact by itself: what runs from it would move.
    if (files.getStats().freeBytes - hardware.storageReserveBytes < data.length + HEADER_BYTES) return false;
    files.erase(file);
    files.write(file, data, 0, data.length);
    return files.read(file) === data;
  } catch (error) {
    hardware.tell('log', `setup: ${error}`);
    return false;
  }
}
