// Loads the disk under SQLite into this process, once; compiled with gcc where that has not been done for these very
// sources. SQLite then asks it for every file; what lies on none of its disks goes on to the operating system.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const SOURCES = ['disk.c', 'sqlite-files.c', 'controls.c'];
const HEADERS = ['disk.h', 'sqlite-files.h'];
const OPTIONS = '-shared -fPIC -O2 -Wall -Wextra -Werror'.split(' ');
const ENTRY_POINT = 'sqlite3_pingjiadisk_init';
const KEPT = fileURLToPath(new URL('../../../node_modules/.cache/pingjia-disk', import.meta.url));

let loaded: Database.Database | undefined;

/** The connection whose SQL functions command the disks. */
export function loadDisk(): Database.Database {
  if (loaded) return loaded;
  const database = new Database(':memory:');
  // The second argument is missing in the types of better-sqlite3.
  (database.loadExtension as (path: string, entryPoint: string) => void)(compiledDisk(), ENTRY_POINT);
  loaded = database;
  return database;
}

/** The library, by a name that tells what it was made from. */
function compiledDisk(): string {
  const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const hash = createHash('sha256').update(OPTIONS.join(' '));
  const ofSqlite = ['sqlite3.h', 'sqlite3ext.h'].map((name) => join(headersFolder(), name));
  for (const path of [...[...SOURCES, ...HEADERS].map(pathOf), ...ofSqlite])
    hash.update('\0').update(readFileSync(path));
  const library = join(KEPT, `${hash.digest('hex').slice(0, 32)}.so`);
  if (existsSync(library)) return library;
  mkdirSync(KEPT, { recursive: true });
  const made = `${library}.${randomUUID()}`;
  execFileSync('gcc', [...OPTIONS, '-I', headersFolder(), '-o', made, ...SOURCES.map(pathOf)]);
  renameSync(made, library);
  return library;
}

/** Of the very SQLite that better-sqlite3 was compiled from. */
function headersFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
  return join(dirname(manifest), 'deps/sqlite3');
}
