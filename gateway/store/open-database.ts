// Opens the one database file: folder and file made durable, WAL with synchronous=FULL, migrations forward.
// Failures a person can mend are StoreError with one sentence; nothing is changed then.
import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { firstMigration } from './migrations/001-first.ts';

/** Applied in order; the number of those applied is the file's user_version. Never change one that was released. */
const MIGRATIONS = [firstMigration];

export const DATABASE_FILE = 'pingjia.sqlite';
export const BUSY_LIMIT_MS = 5000;

export class StoreError extends Error {
  readonly code: 'store.folder' | 'store.newer' | 'store.damaged';
  constructor(code: StoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export function openForWriting(dataFolder: string): Database.Database {
  makeFolder(dataFolder);
  const file = join(dataFolder, DATABASE_FILE);
  const isNew = !existsSync(file);
  const database = open(file, { readonly: false });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // A table made anew keeps its name: nothing may follow references meanwhile.
    database.pragma('foreign_keys = OFF');
    migrate(database, file);
    database.pragma('foreign_keys = ON');
  } catch (error) {
    database.close();
    throw error instanceof StoreError ? error : damaged(file, error);
  }
  if (isNew) syncFolder(dataFolder);
  return database;
}

/** For queries beside the writer; the file must be there. */
export function openForReading(dataFolder: string): Database.Database {
  const database = open(join(dataFolder, DATABASE_FILE), { readonly: true });
  database.pragma('query_only = ON');
  return database;
}

function open(file: string, options: { readonly: boolean }): Database.Database {
  try {
    return new Database(file, { ...options, fileMustExist: options.readonly, timeout: BUSY_LIMIT_MS });
  } catch (error) {
    throw new StoreError(
      'store.folder',
      `Cannot open ${file}: ${(error as Error).message}. Check that the account running the gateway may read and write it.`,
    );
  }
}

function makeFolder(folder: string): void {
  try {
    const firstMade = mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    // The last of the folders above those that were made holds the name of the first.
    for (let made = resolve(folder); firstMade !== undefined; made = dirname(made)) {
      syncFolder(dirname(made));
      if (made === firstMade || made === dirname(made)) break;
    }
  } catch (error) {
    throw new StoreError(
      'store.folder',
      `Cannot use the data folder ${folder}: ${(error as Error).message}. Create it, or let the account running the gateway write to it.`,
    );
  }
}

/** A file's name is durable only when its folder was synced. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function migrate(database: Database.Database, file: string): void {
  const found = database.pragma('user_version', { simple: true }) as number;
  if (found > MIGRATIONS.length) {
    throw new StoreError(
      'store.newer',
      `${file} was written by a newer version (schema ${found}, this one knows ${MIGRATIONS.length}). Start that version, or restore a backup made by this one.`,
    );
  }
  for (let version = found; version < MIGRATIONS.length; version += 1) {
    database.transaction(() => {
      database.exec(MIGRATIONS[version]!);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}

function damaged(file: string, error: unknown): StoreError {
  return new StoreError(
    'store.damaged',
    `${file} cannot be used: ${(error as Error).message}. Restore the last backup.`,
  );
}
