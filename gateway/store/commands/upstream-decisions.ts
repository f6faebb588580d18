// Writes to the outbox what changed about a service, inside the transaction of the decision: one row with what counts
// now, linked to the row before it. What every connector makes of that is its own affair (core/delivery.ts).
import { type Counting, isNothing } from '../../core/delivery.ts';
import type { CommandContext, ServiceKey } from './commands.ts';

export interface ChangedDecision extends ServiceKey {
  counts: Counting;
  /** Outbox row that stands for the service so far. */
  evaluationOutbox: number | null;
  atMs: number;
}

/** Returns the outbox row that now stands for the service, null if there is none. */
export function makeUpstreamDecisions({ database, catchUp }: CommandContext) {
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, press, default_fact, reasons_fact, previous, revision, idempotency_key, held, may_be_there, created_ms)
     VALUES (@projectNo, @assessNumber, 'evaluation', @press, @defaultFact, @reasonsFact, @previous, @revision, @key, @held, @mayBeThere, @atMs)`,
  );
  const revisionOf = database.prepare('SELECT revision FROM outbox WHERE id = ?').pluck();
  const endHold = database.prepare('UPDATE outbox SET held = 0 WHERE id = ? AND held = 1');
  const overtakeHeld = database.prepare(
    "UPDATE delivery SET state = 'omitted', since_ms = ? WHERE outbox = ? AND state = 'held'",
  );
  const deviceAndSeq = database.prepare(
    'SELECT d.id AS device, d.no AS deviceNo, p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE p.id = ?',
  );
  const defaulted = database
    .prepare("SELECT json_extract(body, '$.termEndsMs') FROM fact WHERE id = ?")
    .pluck();

  /** The same after a restored database was filled again: ids of facts would not be. */
  const nameOf = ({ press, defaultFact, reasonsFact }: Counting): string => {
    if (press === null) return defaultFact === null ? 'none' : 'default';
    const { device, seq } = deviceAndSeq.get(press) as { device: string; seq: number };
    return `${device}:${seq}${reasonsFact === null ? '' : ':reasons'}`;
  };

  /** A database that was lost may have sent it: "already there" may be our own doing. */
  const mayBeThere = ({ press, defaultFact }: Counting): boolean => {
    if (press === null)
      // Where no epoch began there is nothing to look up: defaults come by the ten thousand.
      return (
        defaultFact !== null &&
        catchUp.mayHaveSentSince(0) &&
        catchUp.mayHaveSentSince(defaulted.get(defaultFact) as number)
      );
    const { deviceNo, seq } = deviceAndSeq.get(press) as { deviceNo: number; seq: number };
    return catchUp.mayHaveSentPress(deviceNo, seq);
  };

  return ({ projectNo, assessNumber, counts, evaluationOutbox: previous, atMs }: ChangedDecision) => {
    if (previous === null && isNothing(counts)) return null;
    const revision = previous === null ? 1 : (revisionOf.get(previous) as number) + 1;
    // What counted may count once more: every change has a key of its own, or the second would pass for a repetition.
    const key = `e:${projectNo}:${assessNumber}:${nameOf(counts)}${revision === 1 ? '' : `:${revision}`}`;
    const held = Number(counts.defaultFact !== null);
    if (previous !== null && endHold.run(previous).changes > 0) overtakeHeld.run(atMs, previous);
    const row = enqueue.run({
      projectNo,
      assessNumber,
      ...counts,
      previous,
      revision,
      key,
      held,
      mayBeThere: Number(mayBeThere(counts)),
      atMs,
    });
    return Number(row.lastInsertRowid);
  };
}
