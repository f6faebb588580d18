// Takes a backup while the gateway runs: one consistent copy of the database with its manifest, on disk and read
// back before it gets its final name. A folder whose name ends in ".partial" is not a backup.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DATABASE_FILE, syncPath } from '../store/open-database.ts';
import { VERSION } from '../version.ts';
import { examineDatabase } from './examine.ts';
import { MANIFEST_FILE, type Manifest, sealManifest, sha256OfFile } from './manifest.ts';

const PROGRESS_EVERY_MS = 1000;
/** Beyond the size of the database: the manifest, and what is written while it is copied. */
const ROOM_BYTES = 16 * 1024 * 1024;

export interface BackupOptions {
  hall: string;
  dataFolder: string;
  chainKey: Uint8Array;
  /** Gets a new folder with the backup. */
  into: string;
  nowMs: number;
  onProgress(copied: { bytes: number; ofAboutBytes: number }): void;
}

/** Nothing is left behind of a backup that failed. */
export class BackupFailed extends Error {}

export async function takeBackup(options: BackupOptions): Promise<{ folder: string; manifest: Manifest }> {
  const { hall, dataFolder, chainKey, nowMs } = options;
  const source = join(dataFolder, DATABASE_FILE);
  if (!existsSync(source)) throw new BackupFailed(`There is no database in ${dataFolder}.`);
  const into = resolve(options.into);
  const madeAt = new Date(nowMs).toISOString();
  const folder = join(into, `${hall}-${madeAt.replace(/[-:]|\.\d+/g, '')}`);
  const partial = `${folder}.partial`;
  try {
    mkdirSync(into, { recursive: true });
    if (existsSync(folder)) throw new BackupFailed(`${folder} is there already.`);
    mkdirSync(partial, { mode: 0o700 });
  } catch (error) {
    throw asFailed(error, `${into} cannot be written`);
  }
  try {
    requireRoom(into, statSync(source).size);
    const file = join(partial, DATABASE_FILE);
    await copy({ source, target: file, onProgress: options.onProgress });
    chmodSync(file, 0o600);
    syncPath(file);
    const examined = examineDatabase(file, chainKey);
    if (typeof examined === 'string')
      throw new BackupFailed(`The backup does not stand the check: ${examined}.`);
    const content = {
      format: 'pingjia-backup-1' as const,
      hall,
      version: VERSION,
      madeAt,
      ...examined,
      bytes: statSync(file).size,
      sha256: await sha256OfFile(file),
    };
    const manifest = sealManifest(content, chainKey);
    const manifestFile = join(partial, MANIFEST_FILE);
    writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    for (const path of [manifestFile, partial]) syncPath(path);
    renameSync(partial, folder);
    syncPath(into);
    return { folder, manifest };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw asFailed(error, 'The backup could not be written');
  }
}

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes + ROOM_BYTES)
    throw new BackupFailed(
      `${folder} has ${mebibytes(free)} free, and the backup needs about ${mebibytes(bytes)}.`,
    );
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`;

async function copy(options: {
  source: string;
  target: string;
  onProgress: BackupOptions['onProgress'];
}): Promise<void> {
  const { source, target, onProgress } = options;
  const tell = () => {
    const bytes = existsSync(target) ? statSync(target).size : 0;
    onProgress({ bytes, ofAboutBytes: statSync(source).size });
  };
  const timer = setInterval(tell, PROGRESS_EVERY_MS);
  try {
    await new Promise<void>((done, failed) => {
      const worker = new Worker(new URL('./copy-thread.js', import.meta.url), {
        execArgv: [],
        workerData: { source, target },
      });
      worker.once('error', failed);
      worker.once('exit', () => done());
    });
  } finally {
    clearInterval(timer);
  }
  tell();
}

function asFailed(error: unknown, what: string): BackupFailed {
  return error instanceof BackupFailed ? error : new BackupFailed(`${what} (${(error as Error).message}).`);
}
