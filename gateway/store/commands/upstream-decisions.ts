// What a changed decision about a service means for the outbox: replaces what was never tried, queues what is
// first, lists a correction otherwise. Runs inside the transaction of the decision.
import type { CommandContext, ServiceKey } from './commands.ts';

/** What counts: a press or default by the id of its fact, or neither. */
export interface Counting {
  press: number | null;
  defaultFact: number | null;
}

export interface ChangedDecision extends ServiceKey {
  counts: Counting;
  /** Fact of the decision; the first one about a service needs none. */
  decision: number | undefined;
  atMs: number;
}

const CORRECTION = 'What counts changed after another evaluation was sent: upstream needs a correction.';

export function makeUpstreamDecisions({
  database,
  rules,
}: CommandContext): (changed: ChangedDecision) => void {
  const untried = database
    .prepare(
      `SELECT id FROM outbox WHERE kind = 'evaluation' AND project_no = ? AND assess_number = ?
       AND state IN ('waiting', 'held') AND attempts = 0`,
    )
    .pluck();
  const replace = database.prepare(
    'UPDATE outbox SET press = ?, default_fact = ?, idempotency_key = ?, state = ?, created_ms = ? WHERE id = ?',
  );
  const sent = database
    .prepare(
      `SELECT 1 FROM outbox WHERE kind = 'evaluation' AND project_no = ? AND assess_number = ?
       AND state != 'withdrawn' LIMIT 1`,
    )
    .pluck();
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, press, default_fact, idempotency_key, state, created_ms, reason)
     VALUES (?, ?, 'evaluation', ?, ?, ?, ?, ?, ?)`,
  );

  return ({ projectNo, assessNumber, counts, decision, atMs }) => {
    const { press, defaultFact } = counts;
    const what = press ?? defaultFact ?? 'none';
    const key = `e:${projectNo}:${assessNumber}:${what}${decision === undefined ? '' : `:${decision}`}`;
    const first =
      press !== null ? 'waiting' : defaultFact !== null && rules.sendDefaults ? 'held' : undefined;
    const row = untried.get(projectNo, assessNumber) as number | undefined;
    if (row !== undefined) {
      replace.run(press, defaultFact, key, first ?? 'withdrawn', atMs, row);
      return;
    }
    const isCorrection = sent.get(projectNo, assessNumber) !== undefined;
    const state = isCorrection ? 'correction' : first;
    if (state === undefined) return;
    const reason = isCorrection ? CORRECTION : null;
    enqueue.run(projectNo, assessNumber, press, defaultFact, key, state, atMs, reason);
  };
}
