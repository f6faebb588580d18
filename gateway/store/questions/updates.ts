// Questions about firmware updates: what is to be done, and how each device's last one went.
import type Database from 'better-sqlite3';
import { makeUnlessNothingNew } from './nothing-new.ts';

export interface PendingUpdate {
  device: string;
  version: string;
  forced: boolean;
  state: 'ordered' | 'sending' | 'installing';
}

export interface ListedUpdate {
  device: string;
  version: string;
  state: string;
  code: string | null;
  /** Bytes that the device holds, while it is being sent. */
  offset: number;
  changedMs: number;
}

export function makeUpdateQuestions(database: Database.Database) {
  const pending = database.prepare(`
    SELECT d.id AS device, u.version, u.forced, u.state FROM device_update u JOIN device d ON d.no = u.device_no
    WHERE u.state IN ('ordered', 'sending', 'installing') AND d.revoked_ms IS NULL ORDER BY u.ordered_ms, d.id`);
  const all = database.prepare(`
    SELECT d.id AS device, u.version, u.state, u.code, u.offset, u.changed_ms AS changedMs
    FROM device_update u JOIN device d ON d.no = u.device_no ORDER BY d.id`);
  return {
    /** In the order in which they were given. */
    pendingUpdates: makeUnlessNothingNew(database)((): PendingUpdate[] =>
      (pending.all() as (Omit<PendingUpdate, 'forced'> & { forced: number })[]).map((row) => ({
        ...row,
        forced: row.forced === 1,
      })),
    ),
    updates: () => all.all() as ListedUpdate[],
  };
}
