// Questions of the default sweep: what the database knows of time, and which terms still run.
import type Database from 'better-sqlite3';
import type { ClockDoubt } from '../../core/clock-doubt.ts';
import { atMost } from '../at-most.ts';

export interface ClockHold {
  reason: ClockDoubt;
  atMs: number;
}

export interface RunningTerm {
  projectNo: string;
  /** Null while it was never worked out. */
  termEndsMs: number | null;
}

export function makeRuleQuestions(database: Database.Database) {
  const newest = database.prepare('SELECT id, chain FROM fact ORDER BY id DESC LIMIT 1');
  const newestFact = database.prepare('SELECT at_ms FROM fact ORDER BY id DESC LIMIT 1').pluck();
  const hold = database.prepare("SELECT value FROM meta WHERE key = 'clock-hold'").pluck();
  const running = database.prepare(
    `SELECT project_no AS projectNo, term_ends_ms AS termEndsMs FROM case_record
     WHERE completed_ms IS NOT NULL AND (term_ends_ms, project_no) > (?, ?) ORDER BY term_ends_ms, project_no ${atMost()}`,
  );
  const termless = database.prepare(
    `SELECT project_no AS projectNo, NULL AS termEndsMs FROM case_record
     WHERE completed_ms IS NOT NULL AND term_ends_ms IS NULL AND project_no > ? ORDER BY project_no ${atMost()}`,
  );
  return {
    newestFact: () => newest.get() as { id: number; chain: Buffer } | undefined,
    newestFactMs: () => newestFact.get() as number | undefined,
    /** While it is there, nothing is defaulted: `pingjia clock confirm` removes it. */
    clockHold(): ClockHold | undefined {
      const text = hold.get() as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as ClockHold);
    },
    /**
     * Cases whose term was never worked out, and then those whose term has not ended, after the given one: a page, as
     * a large hall has more of them than the event loop may wait for.
     */
    casesWithRunningTerm(page: {
      nowMs: number;
      after: RunningTerm | undefined;
      limit: number;
    }): RunningTerm[] {
      const { nowMs, after, limit } = page;
      const isBefore = after === undefined || after.termEndsMs === null;
      const rows = isBefore ? (termless.all(after?.projectNo ?? '', limit) as RunningTerm[]) : [];
      const [fromMs, from] = isBefore ? [nowMs + 1, ''] : [after.termEndsMs, after.projectNo];
      return [...rows, ...(running.all(fromMs, from, limit - rows.length) as RunningTerm[])];
    },
  };
}
