// Opens the one database file: folder and file made durable, WAL with synchronous=FULL, migrations forward.
// Failures a person can mend are StoreError with one sentence; nothing is changed then.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { firstMigration } from './migrations/001-first.ts';

/** Applied in order; the number of those applied is the file's user_version. Never change one that was released. */
const MIGRATIONS: readonly string[] = [firstMigration];
export const SCHEMA_VERSION = MIGRATIONS.length;
/** A restore builds the database in it; while it is there, the folder has none that may be made anew. */
export const STAGING_FOLDER = 'restoring';

export const DATABASE_FILE = 'pingjia.sqlite';
export const BUSY_LIMIT_MS = 5000;
/** Pages that a large batch changes stay in memory until its commit, instead of leaving early and being read again. */
const WRITER_CACHE_KIB = 65_536;

export class StoreError extends Error {
  readonly code: 'store.folder' | 'store.newer' | 'store.damaged';
  constructor(code: StoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export function openForWriting(dataFolder: string, migrations = MIGRATIONS): Database.Database {
  makeFolder(dataFolder);
  const file = join(dataFolder, DATABASE_FILE);
  const isNew = !existsSync(file);
  if (isNew && existsSync(join(dataFolder, STAGING_FOLDER)))
    throw new StoreError(
      'store.folder',
      `A restore into ${dataFolder} did not come to its end. Run the same \`pingjia restore\` again, with --force.`,
    );
  const database = open(file, { readonly: false });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
    // What a statement changed so far, should it fail: in a file that is written in vain otherwise.
    database.pragma('temp_store = MEMORY');
    // A table made anew keeps its name: nothing may follow references meanwhile.
    database.pragma('foreign_keys = OFF');
    migrate(database, file, migrations);
    database.pragma('foreign_keys = ON');
  } catch (error) {
    database.close();
    throw error instanceof StoreError ? error : damaged(file, error);
  }
  if (isNew) syncPath(dataFolder);
  return database;
}

/** For checkpoints beside the writer; the file must be there. A new connection begins with NORMAL. */
export function openForCheckpoints(dataFolder: string): Database.Database {
  const database = new Database(join(dataFolder, DATABASE_FILE), { fileMustExist: true, timeout: 0 });
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 0');
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

/** Throws StoreError when it may not be used. */
export function makeFolder(folder: string): void {
  try {
    const firstMade = mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    // The last of the folders above those that were made holds the name of the first.
    for (let made = resolve(folder); firstMade !== undefined; made = dirname(made)) {
      syncPath(dirname(made));
      if (made === firstMade || made === dirname(made)) break;
    }
  } catch (error) {
    throw new StoreError(
      'store.folder',
      `Cannot use the data folder ${folder}: ${(error as Error).message}. Create it, or let the account running the gateway write to it.`,
    );
  }
}

/** A file, or the names in a folder: a file's name is durable only when its folder was synced. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function migrate(database: Database.Database, file: string, migrations: readonly string[]): void {
  const found = database.pragma('user_version', { simple: true }) as number;
  if (found > migrations.length) {
    throw new StoreError(
      'store.newer',
      `${file} was written by a newer version (schema ${found}, this one knows ${migrations.length}). Start that version, or restore a backup made by this one.`,
    );
  }
  if (found > 0 && found < migrations.length) copyBeforeMigration(database, { file, schema: found });
  for (let version = found; version < migrations.length; version += 1) {
    database.transaction(() => {
      database.exec(migrations[version]!);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}

/** On disk before anything is changed; who wants the older version back finds it beside the database. */
function copyBeforeMigration(database: Database.Database, from: { file: string; schema: number }): void {
  const copy = join(dirname(from.file), `before-schema-${from.schema + 1}.sqlite`);
  const partial = `${copy}.partial`;
  try {
    rmSync(partial, { force: true });
    database.prepare('VACUUM INTO ?').run(partial);
    syncPath(partial);
    renameSync(partial, copy);
    syncPath(dirname(copy));
  } catch (error) {
    throw new StoreError(
      'store.folder',
      `${from.file} must be brought to a newer form and could not be copied to ${copy} before: ${(error as Error).message}. Make room and start again.`,
    );
  }
}

function damaged(file: string, error: unknown): StoreError {
  return new StoreError(
    'store.damaged',
    `${file} cannot be used: ${(error as Error).message}. Restore the last backup.`,
  );
}
