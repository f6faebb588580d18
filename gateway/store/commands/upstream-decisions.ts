// What a changed decision about a service means for the outbox: replaces what was never tried, queues what is
// first, lists a correction for a person otherwise. Runs inside the transaction of the decision.
import type { CommandContext, ServiceKey } from './commands.ts';

/** What counts: a press or default by the id of its fact, or neither. */
export interface Counting {
  press: number | null;
  defaultFact: number | null;
}

export interface ChangedDecision extends ServiceKey {
  counts: Counting;
  /** Outbox row that stands for the service so far. */
  evaluationOutbox: number | null;
  atMs: number;
}

const CORRECTION = 'What counts changed after another evaluation was sent: upstream needs a correction.';

/** Returns the outbox row that now stands for the service, null if there is none. */
export function makeUpstreamDecisions({ database, rules, catchUp }: CommandContext) {
  const replaceUntried = database.prepare(
    `UPDATE outbox SET press = ?, default_fact = ?, idempotency_key = ?, state = ?, created_ms = ?
     WHERE id = ? AND state IN ('waiting', 'held', 'withdrawn') AND attempts = 0`,
  );
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, press, default_fact, idempotency_key, state, created_ms, reason, unanswered)
     VALUES (?, ?, 'evaluation', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const deviceAndSeq = database.prepare(
    'SELECT d.id AS device, d.no AS deviceNo, p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE p.id = ?',
  );
  const defaulted = database
    .prepare("SELECT json_extract(body, '$.termEndsMs') FROM fact WHERE id = ?")
    .pluck();

  /** The same after a restored database was filled again: ids of facts would not be. */
  const nameOf = ({ press, defaultFact }: Counting): string => {
    if (press === null) return defaultFact === null ? 'none' : 'default';
    const { device, seq } = deviceAndSeq.get(press) as { device: string; seq: number };
    return `${device}:${seq}`;
  };

  /** A database that was lost may have begun a try: "already there" may be our own doing. */
  const mayHaveBeenSent = ({ press, defaultFact }: Counting): boolean => {
    if (press === null)
      return defaultFact !== null && catchUp.mayHaveSentSince(defaulted.get(defaultFact) as number);
    const { deviceNo, seq } = deviceAndSeq.get(press) as { deviceNo: number; seq: number };
    return catchUp.mayHaveSentPress(deviceNo, seq);
  };

  return (changed: ChangedDecision): number | null => {
    const { projectNo, assessNumber, counts, evaluationOutbox, atMs } = changed;
    const { press, defaultFact } = counts;
    const key = `e:${projectNo}:${assessNumber}:${nameOf(counts)}`;
    const toSend =
      press !== null ? 'waiting' : defaultFact !== null && rules.sendDefaults ? 'held' : undefined;
    if (evaluationOutbox === null) {
      if (toSend === undefined) return null;
      const unanswered = Number(mayHaveBeenSent(counts));
      const row = enqueue.run(
        projectNo,
        assessNumber,
        press,
        defaultFact,
        key,
        toSend,
        atMs,
        null,
        unanswered,
      );
      return Number(row.lastInsertRowid);
    }
    const state = toSend ?? 'withdrawn';
    if (replaceUntried.run(press, defaultFact, key, state, atMs, evaluationOutbox).changes > 0)
      return evaluationOutbox;
    const row = enqueue.run(
      projectNo,
      assessNumber,
      press,
      defaultFact,
      key,
      'correction',
      atMs,
      CORRECTION,
      0,
    );
    return Number(row.lastInsertRowid);
  };
}
