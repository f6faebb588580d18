import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log, Writer } from '../ports.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import { LOG_LIMIT_PAGES } from './checkpoints.ts';
import { DATABASE_FILE, openForCheckpoints, openForWriting } from './open-database.ts';
import { openReader } from './reader.ts';
import { signedRecord } from './record-body.ts';
import { type StoreWatch, startWriter } from './writer.ts';

const ignore = () => undefined;
const log: Log = { info: ignore, warn: ignore, error: ignore };
/** SQLite's number for FULL. */
const FULL = 2;
const LOG_FRAME_BYTES = 4096 + 24;
/** Facts, presses, blocks and watermarks of ten records; measured, less is not possible. */
const PAGES_OF_A_GROUP = 5;
/** Of an acknowledgement while the log is copied, on a machine that does other things as well. */
const STALL_LIMIT_MS = 2000;
let folder: string;
let writer: Writer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-writer-'));
  writer = await startWriter({ dataFolder: folder, chainKey: Buffer.alloc(32, 1), log });
  await writer.submit('register-device', {
    id: 'a01',
    hall: 'h',
    window: 'a01',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey: Buffer.alloc(60),
    atMs: 1,
  });
});
afterEach(async () => {
  await writer.stop();
  rmSync(folder, { recursive: true });
});

const store = (seq: number, device = 'a01') => {
  const record = unverifiedPress({ seq });
  return writer.submit('store-evaluation', { device, record, receivedMs: 1 });
};

/** Commits in the write-ahead log: frames that carry the size of the database (SQLite file format, section 4.1). */
function commits(): number {
  const log = readFileSync(join(folder, `${DATABASE_FILE}-wal`));
  const frameBytes = 24 + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let count = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    if (log.subarray(at + 8, at + 16).equals(salt) && log.readUInt32BE(at + 4) !== 0) count += 1;
  }
  return count;
}

describe('the writer', () => {
  it('commits together what arrives together, and answers each by itself', async () => {
    const before = commits();
    const count = 500;
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => store(index + 1)));
    expect(answers.map(({ upTo }) => upTo)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(commits() - before).toBeLessThanOrEqual(5);
  });

  it('has on disk what it answered', async () => {
    await store(1);
    const reader = openReader(folder);
    expect(reader.evaluationCount()).toBe(1);
    expect(reader.deviceById('a01')?.watermark).toBe(1);
    reader.close();
  });

  it('commits a record with the end of terms that it came with, and answers it first', async () => {
    const before = commits();
    const answered: string[] = [];
    await Promise.all([
      writer.submit('settle-due', { nowMs: 1, limit: 100 }).then(() => answered.push('terms')),
      store(1).then(() => answered.push('record')),
    ]);
    expect(answered).toEqual(['record', 'terms']);
    expect(commits() - before).toBe(1);
  });

  it('rejects a command that makes no sense, and keeps those beside it', async () => {
    const results = await Promise.allSettled([store(1), store(1, 'nobody'), store(2), store(3, 'nobody')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    const reader = openReader(folder);
    expect(reader.deviceById('a01')?.watermark).toBe(2);
    reader.close();
  });

  it('finishes what it was given before it stops, and takes nothing afterwards', async () => {
    // Of the commands that change much each has a transaction of its own.
    const endTerms = () => writer.submit('settle-due', { nowMs: 1, limit: 100 });
    const given = [store(1), endTerms(), endTerms(), store(2), endTerms()];
    await writer.stop();
    await expect(Promise.all(given)).resolves.toHaveLength(5);
    await expect(store(3)).rejects.toThrow(/ended/);
  });

  it('keeps the write-ahead log bounded while records never stop coming', async () => {
    let longestMs = 0;
    const groups = 500;
    for (let group = 0; group < groups; group += 1) {
      const startMs = performance.now();
      await Promise.all(Array.from({ length: 10 }, (_, index) => store(group * 10 + index + 1)));
      longestMs = Math.max(longestMs, performance.now() - startMs);
    }
    const written = groups * PAGES_OF_A_GROUP;
    const logPages = statSync(join(folder, `${DATABASE_FILE}-wal`)).size / LOG_FRAME_BYTES;
    expect(written).toBeGreaterThan(LOG_LIMIT_PAGES);
    // What is written while the last parts are copied comes on top.
    expect(logPages).toBeLessThan(1.5 * LOG_LIMIT_PAGES);
    expect(longestMs).toBeLessThan(STALL_LIMIT_MS);
    const reader = openReader(folder);
    expect(reader.evaluationCount()).toBe(groups * 10);
    reader.close();
  });
});

describe('a writer while another program holds the database', () => {
  const told: string[] = [];
  const watch: StoreWatch = {
    failed: (reason) => void told.push(reason),
    closeReaders: ignore,
    openReaders: ignore,
    recovered: ignore,
    ended: ignore,
  };
  const whileHeld = async (act: (release: () => void, patient: Writer) => Promise<void>) => {
    const options = { dataFolder: folder, chainKey: Buffer.alloc(32, 1), log, watch, busyLimitMs: 50 };
    const patient = await startWriter(options);
    const other = openForCheckpoints(folder);
    other.exec('BEGIN IMMEDIATE');
    try {
      await act(() => void (other.inTransaction && other.exec('ROLLBACK')), patient);
    } finally {
      other.close();
      await patient.stop();
    }
  };
  const give = (to: Writer, seq: number) =>
    to.submit('store-evaluation', { device: 'a01', record: unverifiedPress({ seq }), receivedMs: 1 });

  it('stores what came meanwhile as soon as it lets go, and takes it for no failure of the disk', async () => {
    const warned: unknown[] = [];
    const before = log.warn;
    log.warn = (fields) => {
      warned.push((fields as { code?: string }).code);
    };
    try {
      await whileHeld(async (release, patient) => {
        const given = give(patient, 1);
        await expect.poll(() => warned).toEqual(['store.busy']);
        release();
        expect(await given).toEqual({ state: 'stored', upTo: 1 });
      });
    } finally {
      log.warn = before;
    }
    expect(told).toEqual([]);
  });

  it('tells those who waited too long to come again, and stores what comes after', async () => {
    await whileHeld(async (release, patient) => {
      await expect(give(patient, 1)).rejects.toMatchObject({ code: 'store.unavailable' });
      release();
      expect(await give(patient, 1)).toEqual({ state: 'stored', upTo: 1 });
    });
    expect(told).toEqual([]);
  });
});

describe('a writer whose thread ends by a fault', () => {
  /** A thread that does what `run` says, with its `port`. */
  let threads = 0;
  const thread = (run: string) => {
    threads += 1;
    const file = join(folder, `thread-${threads}.mjs`);
    writeFileSync(
      file,
      `import { workerData } from 'node:worker_threads';\nconst { port } = workerData;\n${run}`,
    );
    return pathToFileURL(file);
  };
  const startThread = (run: string, watching: { watch?: StoreWatch } = {}) =>
    startWriter({
      dataFolder: folder,
      chainKey: Buffer.alloc(32, 1),
      log,
      threadFile: thread(run),
      ...watching,
    });
  const record = unverifiedPress({ seq: 1 });
  const input = { device: 'a01', record, receivedMs: 1 };

  it('says so once, and leaves nobody waiting for an answer', async () => {
    const told: string[] = [];
    const watch = {
      failed: ignore,
      closeReaders: ignore,
      openReaders: ignore,
      recovered: ignore,
      ended: (error: Error) => void told.push(error.message),
    };
    const faulty = await startThread(
      "port.postMessage({ started: true }); port.on('message', () => { throw new Error('a fault'); });",
      { watch },
    );
    const settled = new Promise((resolve) => faulty.store(signedRecord('a01', 1, record), resolve));
    await expect(faulty.submit('store-evaluation', input)).rejects.toThrow('a fault');
    await expect(settled).resolves.toBeInstanceOf(Error);
    await expect(faulty.submit('store-evaluation', input)).rejects.toThrow('a fault');
    expect(faulty.waiting()).toBe(0);
    expect(told).toEqual(['a fault']);
    await faulty.stop();
  });

  // The end of a thread and its last words come by different ways, and on a busy machine in either order.
  it('tells what the thread said last, however soon it ended after that', async () => {
    const busy = () => {
      const untilMs = performance.now() + 100;
      while (performance.now() < untilMs);
    };
    for (let round = 0; round < 5; round += 1) {
      const refused = startThread(
        "port.postMessage({ failed: { code: 'store.newer', message: 'newer' } }); port.close();",
      );
      const answering = startThread(
        "port.postMessage({ started: true }); port.on('message', ([{ id }]) => { port.postMessage({ replies: [{ id, result: { ok: true, out: 'stored' } }] }); throw new Error('a fault'); });",
      );
      const failure = refused.catch((error: unknown) => error);
      const answer = answering.then((faulty) => faulty.submit('store-evaluation', input));
      setTimeout(busy, 30 + round * 10);
      expect(await failure).toMatchObject({ code: 'store.newer' });
      expect(await answer).toBe('stored');
    }
  });
});

describe('every connection that writes', () => {
  it('syncs fully, the one for checkpoints too', () => {
    for (const open of [openForWriting, openForCheckpoints]) {
      const database = open(folder);
      expect(database.pragma('synchronous', { simple: true })).toBe(FULL);
      database.close();
    }
  });
});
