// Puts a backup in the place of the database: checked before anything is moved, in a new epoch, so that evaluators
// send again what came after it. What lay there before is kept beside it, never deleted.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_SOCKET_FILE } from '../http/local-socket.ts';
import { LOCK_FILE, lockFolder } from '../store/folder-lock.ts';
import { DATABASE_FILE, SCHEMA_VERSION, STAGING_FOLDER, syncPath } from '../store/open-database.ts';
import { openStore } from '../store/store.ts';
import { examineDatabase } from './examine.ts';
import { type Manifest, readManifest, sha256OfFile } from './manifest.ts';

/** What a gateway that ended leaves beside the data. */
const LEFT_BEHIND = [LOCK_FILE, LOCAL_SOCKET_FILE, STAGING_FOLDER];
const BESIDE_DATABASE = ['', '-wal', '-shm'];

export interface RestoreOptions {
  hall: string;
  dataFolder: string;
  chainKey: Uint8Array;
  /** Folder that `pingjia backup` made. */
  from: string;
  /** Replace a database that is there; it is kept under another name. */
  force: boolean;
  nowMs: number;
}

export interface Restored {
  manifest: Manifest;
  epoch: number;
  /** Evaluators that are waited for. */
  awaited: number;
  /** Where the database that was there lies now. */
  kept: string | undefined;
}

export class RestoreRefused extends Error {}

export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataFolder, from, force } = options;
  const manifest = readManifest(from, options.chainKey);
  if (typeof manifest === 'string') throw new RestoreRefused(`${manifest}.`);
  checkFits(manifest, options.hall);
  mkdirSync(dataFolder, { recursive: true });
  const lock = lockFolder(dataFolder);
  if (!lock) throw new RestoreRefused(`A gateway is running on ${dataFolder}. Stop it first.`);
  try {
    const there = readdirSync(dataFolder).filter((name) => !LEFT_BEHIND.includes(name));
    if (there.length > 0 && !force)
      throw new RestoreRefused(
        `${dataFolder} is not empty (${there.slice(0, 3).join(', ')}). Give --force to keep what is there under another name and restore beside it.`,
      );
    const { epoch, awaited } = await stage(options, manifest);
    const kept = moveAside(dataFolder, options.nowMs);
    const staging = join(dataFolder, STAGING_FOLDER);
    renameSync(join(staging, DATABASE_FILE), join(dataFolder, DATABASE_FILE));
    rmSync(staging, { recursive: true });
    syncPath(dataFolder);
    return { manifest, epoch, awaited, kept };
  } finally {
    lock.release();
  }
}

function checkFits(manifest: Manifest, hall: string): void {
  if (manifest.hall !== hall)
    throw new RestoreRefused(`The backup is of hall "${manifest.hall}", the configuration is for "${hall}".`);
  if (manifest.schema > SCHEMA_VERSION)
    throw new RestoreRefused(
      `The backup was made by a newer version (${manifest.version}). Restore it with that version.`,
    );
}

/** A copy with its new epoch, complete and on disk, before the old database is touched. */
async function stage(
  options: RestoreOptions,
  manifest: Manifest,
): Promise<{ epoch: number; awaited: number }> {
  const { dataFolder, from, chainKey, nowMs } = options;
  const staging = join(dataFolder, STAGING_FOLDER);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  const file = join(staging, DATABASE_FILE);
  copyFileSync(join(from, DATABASE_FILE), file);
  if ((await sha256OfFile(file)) !== manifest.sha256)
    throw new RestoreRefused(`The database file in ${from} is not the one of its manifest: it was changed.`);
  const examined = examineDatabase(file, chainKey);
  if (typeof examined === 'string') throw new RestoreRefused(`The backup cannot be restored: ${examined}.`);
  const store = openStore({ dataFolder: staging, chainKey });
  try {
    const { madeAt, sha256, lastFact } = manifest;
    const cause = { kind: 'restore', madeAt, sha256, lastFact };
    const [result] = store.apply([{ name: 'begin-epoch', input: { cause, atMs: nowMs } }]);
    if (!result?.ok) throw new Error(result?.reason);
    return result.out as { epoch: number; awaited: number };
  } finally {
    store.close();
    syncPath(file);
  }
}

function moveAside(dataFolder: string, nowMs: number): string | undefined {
  if (!existsSync(join(dataFolder, DATABASE_FILE))) return undefined;
  const kept = join(dataFolder, `before-restore-${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')}`);
  mkdirSync(kept, { mode: 0o700 });
  for (const suffix of BESIDE_DATABASE) {
    const name = DATABASE_FILE + suffix;
    if (existsSync(join(dataFolder, name))) renameSync(join(dataFolder, name), join(kept, name));
  }
  for (const path of [kept, dataFolder]) syncPath(path);
  return kept;
}
