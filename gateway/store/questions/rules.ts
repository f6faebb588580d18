// Questions of the default sweep: what the database knows of time, and which terms still run.
import type Database from 'better-sqlite3';
import type { ClockDoubt } from '../../core/clock-doubt.ts';

export interface ClockHold {
  reason: ClockDoubt;
  atMs: number;
}

export function makeRuleQuestions(database: Database.Database) {
  const newest = database.prepare('SELECT id, chain FROM fact ORDER BY id DESC LIMIT 1');
  const newestFact = database.prepare('SELECT at_ms FROM fact ORDER BY id DESC LIMIT 1').pluck();
  const hold = database.prepare("SELECT value FROM meta WHERE key = 'clock-hold'").pluck();
  const running = database
    .prepare('SELECT project_no FROM case_record WHERE completed_ms IS NOT NULL AND term_ends_ms > ?')
    .pluck();
  const termless = database
    .prepare('SELECT project_no FROM case_record WHERE completed_ms IS NOT NULL AND term_ends_ms IS NULL')
    .pluck();
  return {
    newestFact: () => newest.get() as { id: number; chain: Buffer } | undefined,
    newestFactMs: () => newestFact.get() as number | undefined,
    /** While it is there, nothing is defaulted: `pingjia clock confirm` removes it. */
    clockHold(): ClockHold | undefined {
      const text = hold.get() as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as ClockHold);
    },
    /** Cases whose term has not ended, or was never worked out. */
    casesWithRunningTerm: (nowMs: number) => [...termless.all(), ...running.all(nowMs)] as string[],
  };
}
