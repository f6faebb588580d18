// Compiles the disk under SQLite and loads it into this process, once. Needs gcc. SQLite then asks it for every file;
// what lies on none of its disks goes on to the operating system.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const SOURCES = ['disk.c', 'sqlite-files.c', 'controls.c'];
const ENTRY_POINT = 'sqlite3_pingjiadisk_init';

let loaded: Database.Database | undefined;

/** The connection whose SQL functions command the disks. */
export function loadDisk(): Database.Database {
  if (loaded) return loaded;
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-disk-'));
  try {
    const library = join(folder, 'disk.so');
    const sources = SOURCES.map((name) => fileURLToPath(new URL(name, import.meta.url)));
    execFileSync('gcc', [
      ...'-shared -fPIC -O2 -Wall -Wextra -Werror -I'.split(' '),
      headersFolder(),
      '-o',
      library,
      ...sources,
    ]);
    const database = new Database(':memory:');
    // The second argument is missing in the types of better-sqlite3.
    (database.loadExtension as (path: string, entryPoint: string) => void)(library, ENTRY_POINT);
    loaded = database;
    return database;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of the very SQLite that better-sqlite3 was compiled from. */
function headersFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
  return join(dirname(manifest), 'deps/sqlite3');
}
