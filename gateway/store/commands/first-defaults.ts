// Records the defaults of services about which nothing was ever decided: a fact, a row for upstream and the new state
// of each, by the hundred. All other defaults go one by one through effective-services.
import type { CommandContext, ServiceKey } from './commands.ts';

export interface FirstDefault extends ServiceKey {
  no: number;
  /** Has come. */
  termEndsMs: number;
}

/** Rows of one INSERT: half of what a row costs is its statement. */
const GROUP_ROWS = 64;

export function makeFirstDefaults({ database, facts, rules, catchUp }: CommandContext) {
  const ROW = "(?, ?, 'evaluation', ?, ?, 1, ?, ?)";
  const COLUMNS =
    'project_no, assess_number, kind, default_fact, idempotency_key, held, may_be_there, created_ms';
  const enqueue = (rows: number) =>
    database.prepare(`INSERT INTO outbox (${COLUMNS}) VALUES ${Array(rows).fill(ROW).join()}`);
  const enqueueOne = enqueue(1);
  const enqueueGroup = enqueue(GROUP_ROWS);
  const setDefaulted = database.prepare(
    `UPDATE service_state SET default_fact = ?, due_ms = NULL, effective_default = 1, evaluation_outbox = ?
     WHERE service_no = ?`,
  );

  /** Returns the id of the last one; ids have no gaps. */
  const enqueueAll = (services: readonly FirstDefault[], firstFact: number, atMs: number): number => {
    // Where no epoch began there is nothing to look up.
    const anyLost = catchUp.mayHaveSentSince(0);
    const valuesOf = ({ projectNo, assessNumber, termEndsMs }: FirstDefault, index: number) => [
      projectNo,
      assessNumber,
      firstFact + index,
      `e:${projectNo}:${assessNumber}:default`,
      Number(anyLost && catchUp.mayHaveSentSince(termEndsMs)),
      atMs,
    ];
    const values = services.map(valuesOf);
    let at = 0;
    let lastId: number | bigint = 0;
    for (; at + GROUP_ROWS <= values.length; at += GROUP_ROWS)
      lastId = enqueueGroup.run(values.slice(at, at + GROUP_ROWS).flat()).lastInsertRowid;
    for (const row of values.slice(at)) lastId = enqueueOne.run(row).lastInsertRowid;
    return Number(lastId);
  };

  return {
    record(services: readonly FirstDefault[], atMs: number): void {
      if (services.length === 0) return;
      const firstFact = facts.appendAll(
        services.map(({ projectNo, assessNumber, termEndsMs }) => ({
          atMs,
          kind: 'evaluation.defaulted',
          subject: projectNo,
          body: { assessNumber, level: rules.defaultLevel, termEndsMs, replaces: null },
        })),
      );
      const firstRow = enqueueAll(services, firstFact, atMs) - services.length + 1;
      services.forEach(({ no }, index) => {
        setDefaulted.run(firstFact + index, firstRow + index, no);
      });
    },
  };
}
