// What every record needs to know of its device, kept in memory beside the tables: its number, and when its boot
// began. `forget` belongs to every rollback.
import type Database from 'better-sqlite3';

export interface KnownDevices {
  noOf(device: string): number | undefined;
  /** Undefined if no hello of that boot told. */
  bootStartedMs(deviceNo: number, boot: number): number | undefined;
  /** A hello told of a boot. */
  bootNoted(deviceNo: number): void;
  forget(): void;
}

export function makeKnownDevices(database: Database.Database): KnownDevices {
  const findNo = database.prepare('SELECT no FROM device WHERE id = ?').pluck();
  const findBoot = database
    .prepare('SELECT started_ms FROM device_boot WHERE device_no = ? AND boot = ?')
    .pluck();
  const numbers = new Map<string, number>();
  /** The boot that was asked for last, of each device. */
  const boots = new Map<number, { boot: number; startedMs: number | undefined }>();

  return {
    noOf(device) {
      const known = numbers.get(device);
      if (known !== undefined) return known;
      const found = findNo.get(device) as number | undefined;
      if (found !== undefined) numbers.set(device, found);
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
      numbers.clear();
      boots.clear();
    },
  };
}
