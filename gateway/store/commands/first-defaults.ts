// Records the defaults of services about which nothing was ever decided: a fact, a row for upstream and the new state
// of each, by the hundred. All other defaults go one by one through effective-services.
import { makeRowWriter } from '../row-writer.ts';
import type { CommandContext, ServiceKey } from './commands.ts';

export interface FirstDefault extends ServiceKey {
  no: number;
  /** Has come. */
  termEndsMs: number;
}

export function makeFirstDefaults({ database, facts, rules, catchUp }: CommandContext) {
  const rows = makeRowWriter(database, {
    into: 'outbox_row (service_no, kind, default_fact, held, may_be_there, created_ms)',
    row: "(?, 'evaluation', ?, 1, ?, ?)",
  });
  const states = makeRowWriter(database, {
    into: 'service_state (service_no, default_fact, due_ms, effective_default, evaluation_outbox)',
    row: '(?, ?, NULL, 1, ?)',
    set: `ON CONFLICT (service_no) DO UPDATE SET default_fact = excluded.default_fact, due_ms = NULL, effective_default = 1,
      evaluation_outbox = excluded.evaluation_outbox`,
  });

  /** Returns the id of the last one; ids have no gaps. */
  const enqueueAll = (services: readonly FirstDefault[], firstFact: number, atMs: number): number => {
    const anyLost = catchUp.anyLost();
    for (const [index, { no, termEndsMs }] of services.entries())
      rows.add(no, firstFact + index, Number(anyLost && catchUp.mayHaveSentSince(termEndsMs)), atMs);
    return rows.write();
  };

  return {
    record(services: readonly FirstDefault[], atMs: number): void {
      if (services.length === 0) return;
      const firstFact = facts.appendAll(
        services.map(({ projectNo, assessNumber, termEndsMs }) => ({
          atMs,
          kind: 'evaluation.defaulted',
          subject: projectNo,
          // As JSON.stringify has it, which takes longer than the row.
          body: `{"assessNumber":${assessNumber},"level":${rules.defaultLevel},"termEndsMs":${termEndsMs},"replaces":null}`,
        })),
      );
      const firstRow = enqueueAll(services, firstFact, atMs) - services.length + 1;
      for (const [index, { no }] of services.entries()) states.add(no, firstFact + index, firstRow + index);
      states.write();
    },
  };
}
