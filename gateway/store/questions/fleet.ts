// Questions about evaluators: who they are, their sealed keys, where they stand.
import type Database from 'better-sqlite3';

export interface RegisteredDevice {
  no: number;
  id: string;
  hall: string;
  window: string | undefined;
  /** 16 hexadecimal digits. */
  handle: string;
  revokedMs: number | undefined;
  boot: number;
  conn: number;
  /** Every sequence up to it is here. */
  watermark: number;
}

interface Row {
  no: number;
  id: string;
  hall: string;
  window: string | null;
  handle: string;
  revoked_ms: number | null;
  boot: number;
  conn: number;
  watermark: number;
}

const COLUMNS = `no, id, hall, window, lower(hex(handle)) AS handle, revoked_ms, boot, conn,
  coalesce((SELECT up_to FROM received r WHERE r.device_no = device.no), 0) AS watermark`;

export function makeFleetQuestions(database: Database.Database) {
  const all = database.prepare(`SELECT ${COLUMNS} FROM device ORDER BY id`);
  const byId = database.prepare(`SELECT ${COLUMNS} FROM device WHERE id = ?`);
  const atWindow = database.prepare(`SELECT ${COLUMNS} FROM device WHERE window = ? AND revoked_ms IS NULL`);
  const keys = database.prepare('SELECT gen, sealed FROM device_key WHERE device_no = ? ORDER BY gen');
  const epoch = database.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck();
  const shape = (row: unknown): RegisteredDevice | undefined => {
    if (row === undefined) return undefined;
    const { window, revoked_ms, ...rest } = row as Row;
    return { ...rest, window: window ?? undefined, revokedMs: revoked_ms ?? undefined };
  };
  return {
    devices: () => all.all().map((row) => shape(row)!),
    deviceById: (id: string) => shape(byId.get(id)),
    deviceAtWindow: (window: string) => shape(atWindow.get(window)),
    deviceKeys: (no: number) => keys.all(no) as { gen: number; sealed: Buffer }[],
    /** Grows when the database was restored from a backup. */
    epoch: () => Number(epoch.get() ?? 1),
  };
}
