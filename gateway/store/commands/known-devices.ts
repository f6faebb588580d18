// What every record needs to know of its device, kept in memory beside the tables: its number and handle, and when
// its boot began. `forget` belongs to every rollback.
import type Database from 'better-sqlite3';

export interface KnownDevice {
  no: number;
  handle: Buffer;
}

export interface KnownDevices {
  find(device: string): KnownDevice | undefined;
  /** Undefined if no hello of that boot told. */
  bootStartedMs(deviceNo: number, boot: number): number | undefined;
  /** A hello told of a boot. */
  bootNoted(deviceNo: number): void;
  forget(): void;
}

export function makeKnownDevices(database: Database.Database): KnownDevices {
  const find = database.prepare('SELECT no, handle FROM device WHERE id = ?');
  const findBoot = database
    .prepare('SELECT started_ms FROM device_boot WHERE device_no = ? AND boot = ?')
    .pluck();
  const devices = new Map<string, KnownDevice>();
  /** The boot that was asked for last, of each device. */
  const boots = new Map<number, { boot: number; startedMs: number | undefined }>();

  return {
    find(device) {
      const known = devices.get(device);
      if (known !== undefined) return known;
      const found = find.get(device) as KnownDevice | undefined;
      if (found !== undefined) devices.set(device, found);
      return found;
    },
    bootStartedMs(deviceNo, boot) {
      const known = boots.get(deviceNo);
      if (known?.boot === boot) return known.startedMs;
      const startedMs = findBoot.get(deviceNo, boot) as number | undefined;
      boots.set(deviceNo, { boot, startedMs });
      return startedMs;
    },
    bootNoted: (deviceNo) => void boots.delete(deviceNo),
    forget() {
      devices.clear();
      boots.clear();
    },
  };
}
