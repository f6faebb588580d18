// Writes to the outbox what changed about a service, inside the transaction of the decision: one row with what counts
// now, linked to the row before it. What every connector makes of that is its own affair (core/delivery.ts).
import { type Counting, isNothing } from '../../core/delivery.ts';
import type { CommandContext } from './commands.ts';

export interface ChangedDecision {
  /** Of the service. */
  no: number;
  counts: Counting;
  /** Outbox row that stands for the service so far. */
  evaluationOutbox: number | null;
  atMs: number;
}

export interface UpstreamDecisions {
  /** Returns the outbox row that now stands for the service, null if there is none. */
  changed(decision: ChangedDecision): number | null;
}

export function makeUpstreamDecisions({
  database,
  catchUp,
}: Pick<CommandContext, 'database' | 'catchUp'>): UpstreamDecisions {
  const enqueue = database.prepare(
    `INSERT INTO outbox_row (service_no, kind, press, default_fact, reasons_fact, time_fact, previous, revision, held, may_be_there, created_ms)
     VALUES (?, 'evaluation', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const revisionOf = database.prepare('SELECT revision FROM outbox_row WHERE id = ?').pluck();
  const endHold = database.prepare('UPDATE outbox_row SET held = 0 WHERE id = ? AND held = 1');
  const overtakeHeld = database.prepare(
    "UPDATE delivery SET state = 'omitted', since_ms = ? WHERE outbox = ? AND state = 'held'",
  );
  const deviceAndSeq = database.prepare('SELECT device_no AS deviceNo, seq FROM press WHERE id = ?');
  const defaulted = database
    .prepare("SELECT json_extract(body, '$.termEndsMs') FROM fact WHERE id = ?")
    .pluck();

  interface Source {
    deviceNo: number;
    seq: number;
  }
  const sourceOf = ({ press }: Counting) =>
    press === null ? undefined : (deviceAndSeq.get(press) as Source);

  /** A database that was lost may have sent it: "already there" may be our own doing. */
  const mayBeThere = ({ defaultFact }: Counting, source: Source | undefined): boolean => {
    if (!catchUp.anyLost()) return false;
    if (source) return catchUp.mayHaveSentPress(source.deviceNo, source.seq);
    return defaultFact !== null && catchUp.mayHaveSentSince(defaulted.get(defaultFact) as number);
  };

  const changed = (decision: ChangedDecision): number | null => {
    const { no, counts, evaluationOutbox: previous, atMs } = decision;
    if (previous === null && isNothing(counts)) return null;
    const source = sourceOf(counts);
    // A default that was held has left nowhere: what takes its place is told as if it had never been.
    const isUntold = previous !== null && endHold.run(previous).changes > 0;
    if (isUntold) overtakeHeld.run(atMs, previous);
    // What counted may count once more: every change has a key of its own, or the second would pass for a repetition.
    const revision = previous === null ? 1 : (revisionOf.get(previous) as number) + Number(!isUntold);
    const held = Number(counts.defaultFact !== null);
    const { press, defaultFact, reasonsFact, timeFact } = counts;
    const may = Number(mayBeThere(counts, source));
    // In the order of the columns: names to look up cost as much as a column each.
    const row = enqueue.run(
      no,
      press,
      defaultFact,
      reasonsFact,
      timeFact,
      previous,
      revision,
      held,
      may,
      atMs,
    );
    return Number(row.lastInsertRowid);
  };

  return { changed };
}
