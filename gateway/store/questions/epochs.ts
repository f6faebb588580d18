// Questions about the epoch of the database: since when, and whom it still waits for.
import type Database from 'better-sqlite3';

export interface AwaitedEvaluator {
  device: string;
  window: string | null;
  sinceMs: number;
  /** Records it still has to send; null until it said hello. */
  missing: number | null;
}

export interface EpochStanding {
  epoch: number;
  /** Undefined in the first. */
  begunMs: number | undefined;
  awaited: AwaitedEvaluator[];
  /** Evaluators not heard since this start of the gateway. */
  silent: number;
}

export function makeEpochQuestions(database: Database.Database) {
  const meta = database.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  const awaited = database.prepare(
    `SELECT d.id AS device, d.window, c.since_ms AS sinceMs,
       c.until - coalesce((SELECT r.up_to FROM received r WHERE r.device_no = d.no), 0) AS missing
     FROM catch_up c JOIN device d ON d.no = c.device_no
     WHERE c.state = 'awaited' AND d.revoked_ms IS NULL ORDER BY d.id`,
  );
  const silent = database.prepare('SELECT count(*) FROM start_wait').pluck();
  return {
    epochStanding(): EpochStanding {
      const begun = meta.get('epoch-begun') as string | undefined;
      return {
        epoch: Number(meta.get('epoch') ?? 1),
        begunMs: begun === undefined ? undefined : Number(begun),
        awaited: awaited.all() as AwaitedEvaluator[],
        silent: silent.get() as number,
      };
    },
  };
}
