// The writing side of the database, synchronous: a batch of commands in one transaction, answers after its
// COMMIT. Used by the writer's thread, and in the same process by a simulated world.
import type Database from 'better-sqlite3';
import { makeCalendar } from '../core/calendar.ts';
import { type HallRules, REGULATION_RULES } from '../core/hall-rules.ts';
import { type FactLog, makeFactLog } from './chain.ts';
import { makeCaseCommands } from './commands/cases.ts';
import type { Commands, Handlers } from './commands/commands.ts';
import { makeCompletionCommands } from './commands/completion.ts';
import { makeFleetCommands } from './commands/fleet.ts';
import { makeInvitationCommands } from './commands/invitations.ts';
import { makeOutboxCommands } from './commands/outbox.ts';
import { makeRecordCommands } from './commands/records.ts';
import { makeRuleCommands } from './commands/rules.ts';
import { makeSweepCommands } from './commands/sweep.ts';
import { openForWriting } from './open-database.ts';

export interface Job {
  name: keyof Commands;
  input: unknown;
}

export type JobResult = { ok: true; out: unknown } | { ok: false; reason: string };

export interface Store {
  /** Results in the order of the jobs, all of them on disk. Throws CommitFailed if the disk did not take them. */
  apply(jobs: readonly Job[]): JobResult[];
  /** After a failed commit: opens the file anew, checkpoints, checks it. Throws while that is not possible. */
  recover(): void;
  close(): void;
}

/** Whether the batch is on disk is unknown: nothing of it may be acknowledged. */
export class CommitFailed extends Error {}

interface Opened {
  database: Database.Database;
  facts: FactLog;
  handlers: Handlers;
}

export interface StoreOptions {
  dataFolder: string;
  chainKey: Uint8Array;
  /** The regulation's when left out. */
  rules?: HallRules;
}

export function openStore(options: StoreOptions): Store {
  const rules = options.rules ?? REGULATION_RULES;
  const calendar = makeCalendar(rules.calendarOverrides);
  const open = (): Opened => {
    const database = openForWriting(options.dataFolder);
    const facts = makeFactLog(database, options.chainKey);
    const context = { database, facts, rules, calendar };
    const handlers = {
      ...makeFleetCommands(context),
      ...makeRecordCommands(context),
      ...makeCaseCommands(context),
      ...makeCompletionCommands(context),
      ...makeInvitationCommands(context),
      ...makeOutboxCommands(context),
      ...makeSweepCommands(context),
      ...makeRuleCommands(context),
    };
    return { database, facts, handlers };
  };
  let current = open();

  const run = (job: Job): unknown => (current.handlers[job.name] as (input: unknown) => unknown)(job.input);
  const commit = (jobs: readonly Job[]): unknown[] => {
    const { database, facts } = current;
    database.exec('BEGIN IMMEDIATE');
    // A command in another process (`pingjia device`) may have appended since.
    facts.reload();
    let results: unknown[];
    try {
      results = jobs.map(run);
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      facts.reload();
      throw error;
    }
    try {
      database.exec('COMMIT');
    } catch (error) {
      throw new CommitFailed((error as Error).message);
    }
    return results;
  };

  return {
    apply(jobs) {
      try {
        return commit(jobs).map((out) => ({ ok: true, out }));
      } catch (error) {
        if (diskFailed(error))
          throw error instanceof CommitFailed ? error : new CommitFailed((error as Error).message);
        if (jobs.length === 1) return [{ ok: false, reason: (error as Error).message }];
        return jobs.flatMap((job) => this.apply([job]));
      }
    },
    recover() {
      if (current.database.open) current.database.close();
      current = open();
      current.database.pragma('wal_checkpoint(TRUNCATE)');
      const found = current.database.pragma('quick_check(1)', { simple: true });
      if (found !== 'ok') throw new Error(`the database is damaged: ${String(found)}`);
    },
    close() {
      if (current.database.open) current.database.close();
    },
  };
}

/** SQLite's own trouble with the file (SQLITE_FULL, SQLITE_IOERR…), as against a handler that threw. */
function diskFailed(error: unknown): boolean {
  if (error instanceof CommitFailed) return true;
  const code = (error as { code?: unknown }).code;
  return (
    typeof code === 'string' &&
    /^SQLITE_(FULL|IOERR|CORRUPT|BUSY|LOCKED|CANTOPEN|READONLY|NOTADB|PROTOCOL)/.test(code)
  );
}
