// One program at a time runs on a data folder, or replaces what is in it. Held by SQLite's lock on a file of its own,
// which the operating system lets go when the program ends, however it ends.
import { join } from 'node:path';
import Database from 'better-sqlite3';

export const LOCK_FILE = 'gateway.lock';

/** Undefined while another program holds the folder. */
export function lockFolder(dataFolder: string): { release(): void } | undefined {
  const database = new Database(join(dataFolder, LOCK_FILE), { timeout: 0 });
  try {
    // Nothing is ever written to it: no journal file beside it either.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return { release: () => void database.close() };
}
