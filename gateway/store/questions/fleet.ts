// Questions about evaluators: who they are, their sealed keys, where they stand.
import type Database from 'better-sqlite3';
import { atMost } from '../at-most.ts';

export interface RegisteredDevice {
  no: number;
  id: string;
  hall: string;
  window: string | undefined;
  /** 16 hexadecimal digits. */
  handle: string;
  revokedMs: number | undefined;
  /** Another evaluator has its window since. */
  retiredMs: number | undefined;
  boot: number;
  conn: number;
  /** The oldest generation of its key that may connect. */
  connectGen: number;
  /** Every sequence up to it is here. */
  watermark: number;
}

export interface SealedKey {
  gen: number;
  sealed: Buffer;
}

export interface DeviceEvent {
  atMs: number;
  kind: string;
  detail: Record<string, unknown>;
}

interface Row {
  no: number;
  id: string;
  hall: string;
  window: string | null;
  handle: string;
  revoked_ms: number | null;
  retired_ms: number | null;
  connect_gen: number;
  boot: number;
  conn: number;
  watermark: number;
}

const COLUMNS = `no, id, hall, window, lower(hex(handle)) AS handle, revoked_ms, retired_ms, connect_gen, boot,
  conn,  coalesce((SELECT up_to FROM received r WHERE r.device_no = device.no), 0) AS watermark`;

const EVENTS = `
  SELECT at_ms, kind, detail FROM (
    SELECT at_ms, kind, detail, id AS part FROM device_event WHERE device_no = @no
    UNION ALL SELECT at_ms, 'gap', json_object('first', first, 'last', last), 0 FROM gap WHERE device_no = @no
    UNION ALL SELECT at_ms, 'quarantine', json_object('seq', seq, 'code', code), id FROM quarantine
      WHERE device_no = @no
  ) ORDER BY at_ms DESC, part DESC ${atMost('@limit')}`;

export function makeFleetQuestions(database: Database.Database) {
  const all = database.prepare(`SELECT ${COLUMNS} FROM device ORDER BY id`);
  const byId = database.prepare(`SELECT ${COLUMNS} FROM device WHERE id = ?`);
  const atWindow = database.prepare(
    `SELECT ${COLUMNS} FROM device WHERE window = ? AND revoked_ms IS NULL AND retired_ms IS NULL`,
  );
  const retiring = database
    .prepare(
      'SELECT DISTINCT window FROM device WHERE retired_ms IS NOT NULL AND revoked_ms IS NULL AND window IS NOT NULL',
    )
    .pluck();
  const events = database.prepare(EVENTS);
  const keys = database.prepare('SELECT gen, sealed FROM device_key WHERE device_no = ? ORDER BY gen');
  const epoch = database.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck();
  const withKeys = database.prepare(
    `SELECT ${COLUMNS}, k.gen, k.sealed FROM device JOIN device_key k ON k.device_no = device.no
     WHERE id = ? ORDER BY k.gen`,
  );
  const sealed = database.prepare(
    `SELECT d.no, d.handle, k.gen, k.sealed
     FROM (SELECT no, lower(hex(handle)) AS handle FROM device WHERE no > @afterNo AND revoked_ms IS NULL ORDER BY no ${atMost('@limit')}) d
       JOIN device_key k ON k.device_no = d.no
     ORDER BY d.no, k.gen`,
  );
  const revoked = database.prepare('SELECT id FROM device WHERE revoked_ms IS NOT NULL').pluck();
  const shape = (row: unknown): RegisteredDevice | undefined => {
    if (row === undefined) return undefined;
    const device = row as Row;
    return {
      no: device.no,
      id: device.id,
      hall: device.hall,
      window: device.window ?? undefined,
      handle: device.handle,
      revokedMs: device.revoked_ms ?? undefined,
      retiredMs: device.retired_ms ?? undefined,
      boot: device.boot,
      conn: device.conn,
      connectGen: device.connect_gen,
      watermark: device.watermark,
    };
  };
  return {
    devices: () => all.all().map((row) => shape(row)!),
    deviceById: (id: string) => shape(byId.get(id)),
    deviceAtWindow: (window: string) => shape(atWindow.get(window)),
    /** Windows whose replaced evaluator is not revoked yet. */
    retiringWindows: () => retiring.all() as string[],
    /** The newest, oldest first. */
    deviceEvents(no: number, limit: number): DeviceEvent[] {
      const rows = events.all({ no, limit }) as { at_ms: number; kind: string; detail: string }[];
      return rows
        .map(({ at_ms, kind, detail }) => ({ atMs: at_ms, kind, detail: JSON.parse(detail) }))
        .reverse();
    },
    /** With its keys, the oldest first; every device has one. */
    deviceWithKeys(id: string): { device: RegisteredDevice; keys: SealedKey[] } | undefined {
      const rows = withKeys.all(id) as (Row & SealedKey)[];
      const device = shape(rows[0]);
      return device && { device, keys: rows };
    },
    /** Of so many evaluators that are not revoked, in the order of their numbers, after the given one. */
    sealedKeys(page: {
      afterNo: number;
      limit: number;
    }): { no: number; handle: string; keys: SealedKey[] }[] {
      const devices: { no: number; handle: string; keys: SealedKey[] }[] = [];
      for (const { no, handle, ...key } of sealed.all(page) as (SealedKey & {
        no: number;
        handle: string;
      })[]) {
        const last = devices.at(-1);
        if (last?.no === no) last.keys.push(key);
        else devices.push({ no, handle, keys: [key] });
      }
      return devices;
    },
    revokedDevices: () => revoked.all() as string[],
    deviceKeys: (no: number) => keys.all(no) as SealedKey[],
    /** Grows when the database was restored from a backup. */
    epoch: () => Number(epoch.get() ?? 1),
  };
}
