import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../device/flash/testing/flash-world.ts';
import { openForReading, openForWriting } from '../../../gateway/store/open-database.ts';
import { needs } from '../../../scripts/testing/needs.ts';
import { createVirtualDisk, type VirtualDisk } from './virtual-disk.ts';

const gcc = needs('gcc');
/** Crashes of each kind; more with PROOF_DISK_CRASHES. */
const CRASHES = Number(process.env.PROOF_DISK_CRASHES ?? 200);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-virtual-disk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'hall.sqlite');

function open(synchronous: 'FULL' | 'OFF'): Database.Database {
  const database = new Database(file());
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  database.exec('CREATE TABLE IF NOT EXISTS press (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)');
  return database;
}

/** Rows of each transaction have one body; the last committed transaction is what a hall would have acknowledged. */
function runUntilCrash(
  disk: VirtualDisk,
  { seed, synchronous }: { seed: number; synchronous: 'FULL' | 'OFF' },
) {
  const random = createRandom(seed);
  const database = open(synchronous);
  database.pragma(`wal_autocheckpoint = ${[3, 20, 1000][random(3)]!}`);
  const insert = database.prepare('INSERT INTO press (body) VALUES (?)');
  let committed = database.prepare('SELECT coalesce(max(seq), 0) FROM press').pluck().get() as number;
  if (random(2) === 0) disk.stopAt(1 + random(120));
  try {
    for (let left = 1 + random(40); left > 0; left -= 1) {
      const rows = 1 + random(8);
      database.transaction(() => {
        for (let row = 0; row < rows; row += 1) insert.run(Buffer.alloc(200 + random(2000), rows));
      })();
      committed += rows;
      if (random(12) === 0) database.pragma('wal_checkpoint(TRUNCATE)');
    }
  } catch (error) {
    if (!disk.counts().stopped) throw error;
  }
  disk.crash();
  database.close();
  return committed;
}

function lookAfterCrash(synchronous: 'FULL' | 'OFF') {
  try {
    const database = open(synchronous);
    try {
      const whole = database.pragma('integrity_check', { simple: true }) === 'ok';
      const kept = database
        .prepare('SELECT count(*), coalesce(max(seq), 0) FROM press')
        .raw()
        .get() as number[];
      return { whole: whole && kept[0] === kept[1], kept: kept[1]! };
    } finally {
      database.close();
    }
  } catch {
    return { whole: false, kept: 0 };
  }
}

describe.skipIf(gcc.skip)('a virtual disk under SQLite', () => {
  it(gcc.title('keeps every committed transaction through power cuts, and the database whole'), () => {
    let cuts = 0;
    for (let run = 1; cuts < CRASHES; run += 1) {
      const disk = createVirtualDisk({ folder, seed: run });
      try {
        for (let again = 0; again < 8; again += 1, cuts += 1) {
          const committed = runUntilCrash(disk, { seed: run * 100 + again, synchronous: 'FULL' });
          const found = lookAfterCrash('FULL');
          expect(found.whole, `seed ${run}, cut ${again}`).toBe(true);
          expect(found.kept, `seed ${run}, cut ${again}`).toBeGreaterThanOrEqual(committed);
        }
      } finally {
        disk.remove();
      }
    }
  });

  it(gcc.title('loses some of them, and the database itself, when SQLite does not sync'), () => {
    let lost = 0;
    let damaged = 0;
    for (let seed = 1; seed <= CRASHES; seed += 1) {
      const disk = createVirtualDisk({ folder, seed });
      const committed = runUntilCrash(disk, { seed, synchronous: 'OFF' });
      const found = lookAfterCrash('OFF');
      if (!found.whole) damaged += 1;
      else if (found.kept < committed) lost += 1;
      disk.remove();
    }
    expect(lost).toBeGreaterThan(CRASHES / 10);
    expect(damaged).toBeGreaterThan(CRASHES / 50);
  });

  it(gcc.title('has the same fate again with the same seed'), () => {
    const fate = () => {
      const disk = createVirtualDisk({ folder, seed: 11 });
      runUntilCrash(disk, { seed: 5, synchronous: 'OFF' });
      const copy = [...disk.copy()].sort(([a], [b]) => (a < b ? -1 : 1));
      disk.remove();
      return copy.map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]);
    };
    expect(fate()).toEqual(fate());
  });

  it(gcc.title('keeps what was written when only the program dies'), () => {
    const disk = createVirtualDisk({ folder, seed: 1 });
    const database = open('OFF');
    database.exec("INSERT INTO press (body) VALUES ('kept')");
    disk.kill();
    database.close();
    expect(lookAfterCrash('OFF')).toEqual({ whole: true, kept: 1 });
    disk.remove();
  });

  it(gcc.title('refuses a commit when it is full, and takes it when there is room again'), () => {
    const disk = createVirtualDisk({ folder, seed: 1 });
    const database = open('FULL');
    disk.fullAfter(10_000);
    const insert = database.prepare('INSERT INTO press (body) VALUES (?)');
    expect(() => insert.run(Buffer.alloc(20_000))).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(disk.counts().refusedWrites).toBe(1);
    disk.fullAfter(undefined);
    insert.run(Buffer.alloc(20_000));
    database.close();
    expect(lookAfterCrash('FULL')).toEqual({ whole: true, kept: 1 });
    disk.remove();
  });

  it(gcc.title('fails one sync and then says yes, though the disk has not all of it'), () => {
    let reappeared = 0;
    let gone = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const disk = createVirtualDisk({ folder, seed });
      const database = open('FULL');
      disk.failSync(1);
      expect(() => database.exec("INSERT INTO press (body) VALUES ('x')")).toThrow(
        expect.objectContaining({ code: 'SQLITE_IOERR_FSYNC' }),
      );
      // Read again from the log without having it copied: from the cache alone.
      const copy = disk.copy();
      disk.crash();
      database.close();
      if (lookAfterCrash('FULL').kept === 0) gone += 1;
      disk.restore(copy);
      if (lookAfterCrash('FULL').kept === 1) reappeared += 1;
      disk.remove();
    }
    expect(reappeared).toBe(20);
    expect(gone).toBeGreaterThan(0);
  });

  it(gcc.title('lets a read be wrong by one bit, once'), () => {
    const disk = createVirtualDisk({ folder, seed: 3 });
    const writer = open('FULL');
    const body = Buffer.alloc(60_000, 7);
    writer.prepare('INSERT INTO press (body) VALUES (?)').run(body);
    writer.close();
    const reader = new Database(file());
    const read = () => reader.prepare('SELECT body FROM press').pluck().get() as Buffer;
    reader.prepare('SELECT count(*) FROM sqlite_schema').get();
    disk.flipRead(8);
    expect(read().equals(body)).toBe(false);
    reader.close();
    expect(lookAfterCrash('FULL').whole).toBe(true);
    disk.remove();
  });

  it(gcc.title("holds the gateway's own database, opened as always, with readers beside its writer"), () => {
    const disk = createVirtualDisk({ folder, seed: 1 });
    const writer = openForWriting(folder);
    const reader = openForReading(folder);
    writer.exec("INSERT INTO meta (key, value) VALUES ('a', 'b')");
    expect(reader.prepare('SELECT value FROM meta').pluck().all()).toEqual(['b']);
    expect(disk.names().sort()).toEqual(['pingjia.sqlite', 'pingjia.sqlite-wal']);
    expect(existsSync(join(folder, 'pingjia.sqlite'))).toBe(false);
    const snapshot = disk.copy();
    const careless = disk.copy(['pingjia.sqlite']);
    writer.exec("INSERT INTO meta (key, value) VALUES ('c', 'd')");
    disk.restore(snapshot);
    reader.close();
    writer.close();
    const restored = openForWriting(folder);
    expect(restored.prepare('SELECT key FROM meta').pluck().all()).toEqual(['a']);
    disk.restore(careless);
    restored.close();
    const without = openForWriting(folder);
    expect(without.prepare('SELECT key FROM meta').pluck().all()).toEqual([]);
    without.close();
    disk.remove();
  });

  it(gcc.title('lets go of locks when whoever held them dies'), () => {
    const disk = createVirtualDisk({ folder, seed: 1 });
    const first = open('FULL');
    first.exec('BEGIN IMMEDIATE');
    const second = new Database(file(), { timeout: 0 });
    expect(() => second.exec('BEGIN IMMEDIATE')).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    second.close();
    disk.kill();
    first.close();
    const third = open('FULL');
    third.exec('BEGIN IMMEDIATE; COMMIT');
    third.close();
    disk.remove();
  });
});
