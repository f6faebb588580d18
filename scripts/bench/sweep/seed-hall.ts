// Fills a database with a hall's finished cases, straight into the tables: a million cases by commands would take
// longer than what is measured. Each has one service that completed it; some of the terms have ended.
import { join } from 'node:path';
import { DATABASE_FILE, openForWriting, syncPath } from '../../../gateway/store/open-database.ts';

export interface SeedOptions {
  cases: number;
  /** So many of them ended, unevaluated, before `nowMs`; the others end after it. */
  due: number;
  nowMs: number;
}

const DAY_MS = 86_400_000;
/** Windows of the seeded services: w0, w1… */
const WINDOWS = 40;

/** Pages of the whole file, so that rows of every window find their place without the disk. */
const CACHE_KIB = 800_000;

/** Nothing else may have the database open; what is in it stays. */
export function seedHall(dataFolder: string, { cases, due, nowMs }: SeedOptions): void {
  const database = openForWriting(dataFolder);
  database.pragma('wal_checkpoint(TRUNCATE)');
  // Once, not by way of the log: a seed that was cut short is thrown away with its folder.
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  const numbers = 'WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @cases)';
  // Numbers grow with the day of acceptance, and cases take days or weeks: what ends now lies scattered over the
  // newest numbers, one in four.
  const endsMs = `CASE WHEN i >= @cases - 4 * @due AND i % 4 = 0 THEN @nowMs - 60000 - i % 3600000 ELSE @nowMs + @dayMs + i % 864000000 END`;
  const values = { cases, due, nowMs, dayMs: DAY_MS };
  database.transaction(() => {
    database
      .prepare("INSERT INTO staff (handle, badge_id, name) VALUES (x'0102030405060708', 'A1023', '张三')")
      .run();
    database
      .prepare(
        `${numbers} INSERT INTO case_record (project_no, body, completed_ms, term_ends_ms)
         SELECT printf('231000-2026-%08d', i),
           json_object('taskCode', '1123100000000000014000118004001', 'taskName', '不动产转移登记'),
           @nowMs - 10 * @dayMs, ${endsMs} FROM n`,
      )
      .run(values);
    database
      .prepare(
        `${numbers} INSERT INTO service_record (no, project_no, assess_number, body, staff)
         SELECT i + 1, printf('231000-2026-%08d', i), 1,
           json_object('serviceName', '受理', 'servedAtMs', @nowMs - 10 * @dayMs, 'window', 'w' || i % ${WINDOWS}),
           x'0102030405060708' FROM n`,
      )
      .run(values);
    database
      .prepare(
        `${numbers} INSERT INTO service_state (service_no, completing, closed, due_ms) SELECT i + 1, 1, 1, ${endsMs} FROM n`,
      )
      .run(values);
  })();
  database.pragma('synchronous = FULL');
  database.pragma('journal_mode = WAL');
  database.close();
  // Otherwise the first checkpoint of what is measured would bring the whole seed to the disk.
  syncPath(join(dataFolder, DATABASE_FILE));
}
