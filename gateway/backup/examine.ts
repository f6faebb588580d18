// Looks through a database file that nobody writes: whole by SQLite's own check, and its chain of facts unbroken
// from the first to the last. Says what it holds.
import Database from 'better-sqlite3';
import { firstBrokenFact } from '../store/chain.ts';

export interface Examined {
  schema: number;
  epoch: number;
  lastFact: { id: number; chain: string };
  evaluators: number;
  evaluations: number;
}

/** What it holds, or one sentence on what is wrong. */
export function examineDatabase(file: string, chainKey: Uint8Array): Examined | string {
  let database: Database.Database;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
  } catch (error) {
    return `${file} cannot be opened (${(error as Error).message})`;
  }
  try {
    const found = database.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') return `${file} is damaged: ${String(found)}`;
    if ((database.pragma('foreign_key_check') as unknown[]).length > 0)
      return `${file} is damaged: rows refer to others that are not there`;
    const broken = firstBrokenFact(database, chainKey);
    if (broken !== undefined) return `${file}: the chain of facts breaks at fact ${broken}`;
    return contentOf(database);
  } catch (error) {
    return `${file} is damaged (${(error as Error).message})`;
  } finally {
    database.close();
  }
}

function contentOf(database: Database.Database): Examined {
  const one = (sql: string) => database.prepare(sql).pluck().get();
  const last = database
    .prepare('SELECT id, lower(hex(chain)) AS chain FROM fact ORDER BY id DESC LIMIT 1')
    .get();
  return {
    schema: database.pragma('user_version', { simple: true }) as number,
    epoch: Number(one("SELECT value FROM meta WHERE key = 'epoch'") ?? 1),
    lastFact: (last as Examined['lastFact'] | undefined) ?? { id: 0, chain: '0'.repeat(64) },
    evaluators: one('SELECT count(*) FROM device WHERE revoked_ms IS NULL') as number,
    evaluations: one('SELECT count(*) FROM press WHERE kind = 1') as number,
  };
}
