import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unverifiedPress } from '../testing/sample-record.ts';
import { firstBrokenFact } from './chain.ts';
import { openForWriting } from './open-database.ts';
import { openReader, type Reader } from './reader.ts';
import { CommitFailed, type Job, openStore, type Store } from './store.ts';

const chainKey = Buffer.alloc(32, 1);
let folder: string;
let store: Store;
let reader: Reader;
/** What the next COMMIT does instead of succeeding. */
let atCommit: ((commit: () => void) => void) | undefined;

function openFailing(dataFolder: string): Database.Database {
  const database = openForWriting(dataFolder);
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => {
    const statement = prepare(sql);
    if (sql !== 'COMMIT') return statement;
    const commit = statement.run.bind(statement);
    statement.run = () => {
      const failing = atCommit ?? ((succeed: () => void) => succeed());
      atCommit = undefined;
      failing(commit);
      return { changes: 0, lastInsertRowid: 0 };
    };
    return statement;
  }) as typeof database.prepare;
  return database;
}
const diskError = () => {
  throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
};
const record = (seq: number): Job => ({
  name: 'store-evaluation',
  input: {
    device: 'a01',
    receivedMs: 1,
    record: unverifiedPress({ seq }),
  },
});
const outOf = (jobs: Job[]) => store.apply(jobs).map((result) => result.ok && result.out);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-commit-'));
  store = openStore({ dataFolder: folder, chainKey, openDatabase: openFailing });
  const input = {
    id: 'a01',
    hall: 'h',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey: Buffer.alloc(60),
    atMs: 1,
  };
  store.apply([{ name: 'register-device', input }, record(1)]);
  reader = openReader(folder);
});
afterEach(() => {
  reader.close();
  store.close();
  rmSync(folder, { recursive: true });
});

describe('a commit that the disk did not take', () => {
  it('answers nothing, and what it held can be given again after the database was opened anew', () => {
    atCommit = diskError;
    expect(() => store.apply([record(2), record(3)])).toThrow(CommitFailed);
    store.recover();
    expect(reader.evaluationCount()).toBe(1);
    expect(outOf([record(2), record(3), record(1)])).toEqual([
      { state: 'stored', upTo: 2 },
      { state: 'stored', upTo: 3 },
      { state: 'known', upTo: 3 },
    ]);
    expectWholeChain();
  });

  it('is known as committed afterwards where it had reached the disk all the same', () => {
    atCommit = (commit) => {
      commit();
      diskError();
    };
    expect(() => store.apply([record(2)])).toThrow(CommitFailed);
    store.recover();
    expect(outOf([record(2), record(3)])).toEqual([
      { state: 'known', upTo: 2 },
      { state: 'stored', upTo: 3 },
    ]);
    expectWholeChain();
  });

  it('keeps a command that makes no sense apart from a disk that fails', () => {
    const nobody = {
      name: 'store-evaluation' as const,
      input: { ...(record(2).input as object), device: 'nobody' },
    };
    expect(store.apply([nobody, record(2), nobody]).map(({ ok }) => ok)).toEqual([false, true, false]);
    expectWholeChain();
  });
});

function expectWholeChain(): void {
  const database = openForWriting(folder);
  expect(firstBrokenFact(database, chainKey)).toBeUndefined();
  database.close();
}
