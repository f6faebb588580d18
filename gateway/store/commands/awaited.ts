// Whether a press on a service may lie in an evaluator unknown to this database, because it was restored or has
// only just been opened. The one predicate for all that would act on the lack of a press: sweep and upstream.
import type Database from 'better-sqlite3';
import type { ServiceKey } from './commands.ts';

export interface Awaited {
  /** Of whatever service. */
  any(): boolean;
  holds(key: ServiceKey): boolean;
}

/** Cheap where nothing is waited for; the view would look at every evaluator. */
const ANY = "SELECT 1 FROM start_wait UNION ALL SELECT 1 FROM catch_up WHERE state = 'awaited' LIMIT 1";

/** For rows of `table` that have project_no and assess_number: true if they are not acted on now. */
export const isAwaited = (table: string) =>
  `((${ANY}) IS NOT NULL AND EXISTS (SELECT 1 FROM awaited_service a
     WHERE a.project_no = ${table}.project_no AND a.assess_number = ${table}.assess_number))`;

export function makeAwaited(database: Database.Database): Awaited {
  const any = database.prepare(ANY).pluck();
  const holds = database
    .prepare('SELECT 1 FROM awaited_service WHERE project_no = ? AND assess_number = ? LIMIT 1')
    .pluck();
  return {
    any: () => any.get() !== undefined,
    holds: ({ projectNo, assessNumber }) => holds.get(projectNo, assessNumber) !== undefined,
  };
}
