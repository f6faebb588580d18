// The writing side of the database, synchronous: a batch of commands in one transaction, answers after its
// COMMIT. Used by the writer's thread, and in the same process by a simulated world.
import type Database from 'better-sqlite3';
import { makeCalendar } from '../core/calendar.ts';
import { type HallRules, REGULATION_RULES } from '../core/hall-rules.ts';
import { mark } from '../marks.ts';
import { makeFactLog } from './chain.ts';
import { makeAwaited } from './commands/awaited.ts';
import { makeCaseCommands } from './commands/cases.ts';
import { makeCatchUp } from './commands/catch-up.ts';
import type { CommandContext, Commands, Handlers } from './commands/commands.ts';
import { makeCompletionCommands } from './commands/completion.ts';
import { makeEpochCommands } from './commands/epochs.ts';
import { makeFleetCommands } from './commands/fleet.ts';
import { makeInvitationCommands } from './commands/invitations.ts';
import { makeKnownDevices } from './commands/known-devices.ts';
import { makeMeta } from './commands/meta.ts';
import { makeOrdinaryPresses, NEVER_ORDINARY } from './commands/ordinary-presses.ts';
import { makeOutboxCommands } from './commands/outbox.ts';
import { makePersonCommands } from './commands/persons.ts';
import { makePressTimes } from './commands/press-times.ts';
import { makeReceived } from './commands/received.ts';
import { makeRecordCommands } from './commands/records.ts';
import { makeRuleCommands } from './commands/rules.ts';
import { makeStaffPhotoCommands } from './commands/staff-photos.ts';
import { makeStoredPresses } from './commands/stored-presses.ts';
import { makeSweepCommands } from './commands/sweep.ts';
import { makeUnlinked } from './commands/unlinked.ts';
import { makeUpdateCommands } from './commands/updates.ts';
import { BUSY_LIMIT_MS, openForWriting } from './open-database.ts';

export interface Job {
  name: keyof Commands;
  input: unknown;
}

export type JobResult = { ok: true; out: unknown } | { ok: false; reason: string };

export interface Store {
  /**
   * Results in the order of the jobs, all of them on disk. Throws CommitFailed if the disk did not take them, and
   * DatabaseBusy if they may be given again. `later` is asked once, when the jobs are done and before their COMMIT, for
   * what came meanwhile: that belongs to the same transaction, and its results follow.
   */
  apply(jobs: readonly Job[], later?: () => readonly Job[]): JobResult[];
  /**
   * After a failed commit, with every other connection closed: opens the file anew, copies the whole log into it
   * and checks it, so that what is found is what is on disk. Throws while that is not possible.
   */
  recover(): void;
  logPages(): LogPages;
  /** Copies what is left of the log into the file, so that the next commit begins it anew, unless somebody reads it. */
  restartLog(): void;
  close(): void;
}

/** Of the write-ahead log, 4 KiB each. */
export interface LogPages {
  all: number;
  /** What the database file lacks. */
  uncopied: number;
}

/** Whether the batch is on disk is unknown: nothing of it may be acknowledged. */
export class CommitFailed extends Error {}

/** Another program holds the lock for writing, longer than was waited for. Nothing of the batch happened. */
export class DatabaseBusy extends Error {}

interface Opened extends CommandContext {
  handlers: Handlers;
  /** Prepared: their text would be read anew for every commit. */
  begin: Database.Statement;
  commit: Database.Statement;
  askVersion: Database.Statement;
  askLog: Database.Statement;
}

export interface StoreOptions {
  dataFolder: string;
  chainKey: Uint8Array;
  /** The regulation's when left out. */
  rules?: HallRules;
  /** Somebody else copies the log into the file; otherwise a commit does it now and then. */
  checkpointsElsewhere?: boolean;
  /** For tests: no press takes the short way of ordinary-presses.ts. */
  generalWayOnly?: boolean;
  /** How long one attempt waits for another program's lock. */
  busyLimitMs?: number;
  /** For simulated disks. */
  openDatabase?: (dataFolder: string) => Database.Database;
}

export function openStore(options: StoreOptions): Store {
  let current = serve(openFile(options), options);

  const forget = () => {
    current.facts.reload();
    current.received.forget();
    current.presses.forget();
    current.devices.forget();
    current.times.forget();
    current.catchUp.forget();
    current.ordinary.drop();
  };

  /** Undefined when command `failed.at` threw: nothing of the batch happened then. Adds what came later to the jobs. */
  const attempt = (
    jobs: Job[],
    failed: { at: number; reason: string },
    later: (() => readonly Job[]) | undefined,
  ): unknown[] | undefined => {
    const { database, handlers, received } = current;
    const results: unknown[] = [];
    begin(current.begin);
    try {
      // A command in another process (`pingjia device`) may have written since.
      forgetIfChanged();
      const run = ({ name, input }: Job) =>
        results.push((handlers[name] as (input: unknown) => unknown)(input));
      jobs.forEach(run);
      if (later) {
        const added = later();
        jobs.push(...added);
        added.forEach(run);
      }
      received.flush();
      current.facts.seal();
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      forget();
      if (diskFailed(error) || results.length === jobs.length) throw error;
      mark('store.handler-failed');
      failed.at = results.length;
      failed.reason = (error as Error).message;
      return undefined;
    }
    current.commit.run();
    return results;
  };

  let seenVersion: unknown;
  const forgetIfChanged = () => {
    const version = current.askVersion.get();
    if (version !== seenVersion) {
      if (seenVersion !== undefined) mark('store.changed-outside');
      forget();
    }
    seenVersion = version;
  };

  return {
    apply(jobs, later) {
      const reasons = new Map<Job, string>();
      const given = [...jobs];
      let left = given;
      try {
        for (;;) {
          const failed = { at: 0, reason: '' };
          const outs = attempt(left, failed, left === given ? later : undefined);
          if (!outs) {
            reasons.set(left[failed.at]!, failed.reason);
            left = given.filter((job) => !reasons.has(job));
            continue;
          }
          let next = 0;
          return given.map((job) => {
            const reason = reasons.get(job);
            return reason === undefined ? { ok: true, out: outs[next++] } : { ok: false, reason };
          });
        }
      } catch (error) {
        if (error instanceof DatabaseBusy) throw error;
        mark('store.commit-failed');
        throw new CommitFailed((error as Error).message);
      }
    },
    recover() {
      if (current.database.open) current.database.close();
      try {
        current = serve(openWhole(options), options);
      } catch (error) {
        mark('store.recover-failed');
        throw error;
      }
      mark('store.recovered');
      seenVersion = undefined;
    },
    logPages() {
      // NOOP copies nothing and locks nothing: it only tells.
      const { log, checkpointed } = current.askLog.get() as { log: number; checkpointed: number };
      return { all: log, uncopied: log - checkpointed };
    },
    restartLog() {
      current.database.pragma('busy_timeout = 0');
      current.database.pragma('wal_checkpoint(RESTART)');
      current.database.pragma(`busy_timeout = ${options.busyLimitMs ?? BUSY_LIMIT_MS}`);
    },
    close() {
      if (current.database.open) current.database.close();
    },
  };
}

function openFile(options: StoreOptions) {
  const { dataFolder, openDatabase = openForWriting, checkpointsElsewhere, busyLimitMs } = options;
  const database = openDatabase(dataFolder);
  if (busyLimitMs !== undefined) database.pragma(`busy_timeout = ${busyLimitMs}`);
  if (checkpointsElsewhere) database.pragma('wal_autocheckpoint = 0');
  return database;
}

function begin(statement: Database.Statement): void {
  try {
    statement.run();
  } catch (error) {
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
    throw new DatabaseBusy('another program holds the database');
  }
}

/** Throws unless the whole log is in the file and the file makes sense. */
function openWhole(options: StoreOptions): Database.Database {
  const database = openFile(options);
  try {
    const [{ busy } = { busy: 1 }] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (busy !== 0)
      throw new Error('the log could not be copied into the database: another program reads it');
    const found = database.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(`the database is damaged: ${String(found)}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function serve(database: Database.Database, options: StoreOptions): Opened {
  const { chainKey, rules = REGULATION_RULES } = options;
  const facts = makeFactLog(database, chainKey);
  const received = makeReceived(database);
  const presses = makeStoredPresses(database, facts);
  const devices = makeKnownDevices(database);
  const meta = makeMeta(database);
  const catchUp = makeCatchUp({ database, facts, meta });
  const context: CommandContext = {
    database,
    facts,
    meta,
    rules,
    calendar: makeCalendar(rules.calendarOverrides),
    received,
    presses,
    devices,
    times: makePressTimes({ database, facts, received, presses, devices }),
    unlinked: makeUnlinked({ database, facts }),
    catchUp,
    awaited: makeAwaited(database),
    ordinary: options.generalWayOnly ? NEVER_ORDINARY : makeOrdinaryPresses({ database, catchUp, presses }),
  };
  const handlers = {
    ...makeFleetCommands(context),
    ...makeEpochCommands(context),
    ...makeRecordCommands(context),
    ...makeCaseCommands(context),
    ...makeCompletionCommands(context),
    ...makeInvitationCommands(context),
    ...makeOutboxCommands(context),
    ...makeSweepCommands(context),
    ...makeRuleCommands(context),
    ...makePersonCommands(context),
    ...makeUpdateCommands(context),
    ...makeStaffPhotoCommands(context),
  };
  return {
    ...context,
    handlers,
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    askVersion: database.prepare('PRAGMA data_version').pluck(),
    askLog: database.prepare('PRAGMA wal_checkpoint(NOOP)'),
  };
}

/** SQLite's own trouble with the file (SQLITE_FULL, SQLITE_IOERR…), as against a handler that threw. */
function diskFailed(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|BUSY|LOCKED|CANTOPEN|READONLY|NOTADB|PROTOCOL)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? '');
}
