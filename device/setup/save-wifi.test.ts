import { describe, expect, it } from 'vitest';
import type { Hardware } from '../ports.ts';
import { readSettings } from '../settings.ts';
import { saveWifi } from './save-wifi.ts';

const given = { gateway: '192.0.2.1', port: 1883, wifi: 'hall', password: 'old-secret' };

/** Storage whose next write leaves so many bytes. */
function makeStorage(freeBytes = 10_000) {
  const files = new Map<string, string>([['pj.net', JSON.stringify(given)]]);
  let torn: number | undefined;
  const hardware = {
    storageReserveBytes: 4096,
    tell: () => undefined,
    files: {
      read: (name: string) => files.get(name),
      erase: (name: string) => void files.delete(name),
      write(name: string, data: string) {
        files.set(name, data.slice(0, torn).padEnd(data.length, '\xff'));
        return true;
      },
      list: () => [...files.keys()],
      getStats: () => ({ freeBytes }),
    },
  } as unknown as Hardware;
  return {
    hardware,
    files,
    tear(bytes: number | undefined) {
      torn = bytes;
    },
    wifi: () => {
      const { wifi, password } = readSettings(hardware.files);
      return `${wifi} ${password}`;
    },
  };
}

describe('the Wi-Fi that the set-up page was given', () => {
  it('counts from then on, also when it is given again, and nothing else changes', () => {
    const storage = makeStorage();
    for (const name of ['first', 'second', 'third', 'fourth']) {
      expect(saveWifi(storage.hardware, name, 'new-secret')).toBe(true);
      expect(storage.wifi()).toBe(`${name} new-secret`);
    }
    expect(readSettings(storage.hardware.files)).toMatchObject({ gateway: '192.0.2.1', port: 1883 });
    expect(storage.files.size).toBe(3);
  });

  it('is the old or the new one after a power cut at any byte', () => {
    for (const before of [[], ['first'], ['first', 'second']]) {
      for (let bytes = 0; bytes < 90; bytes++) {
        const storage = makeStorage();
        for (const name of before) saveWifi(storage.hardware, name, 'new-secret');
        const old = storage.wifi();
        storage.tear(bytes);
        saveWifi(storage.hardware, 'cut', 'cut-secret');
        expect([old, 'cut cut-secret']).toContain(storage.wifi());
        storage.tear(undefined);
        expect(saveWifi(storage.hardware, 'again', 'new-secret')).toBe(true);
        expect(storage.wifi()).toBe('again new-secret');
      }
    }
  });

  it('gives way to one that provisioning writes later', () => {
    const storage = makeStorage();
    saveWifi(storage.hardware, 'page', 'new-secret');
    storage.files.set('pj.net', JSON.stringify({ ...given, wifi: 'moved', password: 'third-secret' }));
    expect(storage.wifi()).toBe('moved third-secret');
  });

  it('is refused where Storage would have to compact for it', () => {
    const storage = makeStorage(4200);
    expect(saveWifi(storage.hardware, 'page', 'new-secret')).toBe(false);
    expect(storage.wifi()).toBe('hall old-secret');
  });
});
