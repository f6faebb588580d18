import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../store/folder-lock.ts';
import { DATABASE_FILE, openForWriting } from '../store/open-database.ts';
import { openStore, type Store } from '../store/store.ts';
import { BackupFailed, takeBackup } from './backup.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { type RestoreOptions, RestoreRefused, restoreBackup } from './restore.ts';

const chainKey = Buffer.alloc(32, 1);
const MADE_MS = Date.parse('2026-03-02T02:00:00Z');
const RESTORED_MS = MADE_MS + 3_600_000;

let folder: string;
let dataFolder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  dataFolder = join(folder, 'data');
  store = openStore({ dataFolder, chainKey });
  for (let index = 0; index < 50; index += 1) putDesk(index);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const putDesk = (index: number) => {
  const input = { window: `w${index}`, staff: null, paused: index % 2 === 0, atMs: index };
  const [result] = store.apply([{ name: 'put-desk', input }]);
  if (!result?.ok) throw new Error(result?.reason);
};
const into = () => join(folder, 'backups');
const backup = (onProgress: () => void = () => undefined) =>
  takeBackup({ hall: 'h', dataFolder, chainKey, into: into(), nowMs: MADE_MS, onProgress });
const restore = (from: string, options: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    hall: 'h',
    dataFolder: join(folder, 'new'),
    chainKey,
    from,
    force: false,
    nowMs: RESTORED_MS,
    ...options,
  });
const refusal = async (attempt: Promise<unknown>) => {
  const error = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(RestoreRefused);
  return (error as Error).message;
};
const factsIn = (data: string) => {
  const database = new Database(join(data, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare('SELECT kind, subject FROM fact ORDER BY id').all() as { kind: string }[];
  } finally {
    database.close();
  }
};

describe('a backup', () => {
  it('is one moment of a database that goes on being written, told with its progress', async () => {
    let tellings = 0;
    const { folder: made, manifest } = await backup(() => {
      tellings += 1;
      putDesk(1000 + tellings);
    });
    expect(tellings).toBeGreaterThan(0);
    expect(readdirSync(into())).toEqual(['h-20260302T020000Z']);
    expect(manifest).toMatchObject({ hall: 'h', epoch: 1, lastFact: { id: 50 }, evaluations: 0 });
    expect(manifest.bytes).toBe(statSync(join(made, DATABASE_FILE)).size);
    expect(factsIn(made)).toHaveLength(50);
  });

  it('that does not stand its check leaves nothing behind', async () => {
    const file = new Database(join(dataFolder, DATABASE_FILE));
    file.exec("UPDATE fact SET subject = 'changed' WHERE id = 20");
    file.close();
    await expect(backup()).rejects.toThrow(/chain of facts breaks at fact 20/);
    expect(readdirSync(into())).toEqual([]);
    rmSync(into(), { recursive: true });
    writeFileSync(into(), '');
    await expect(backup()).rejects.toBeInstanceOf(BackupFailed);
  });

  it('holds nothing of what was deleted before', async () => {
    const file = new Database(join(dataFolder, DATABASE_FILE));
    const secret = 'a text that was deleted';
    file.pragma('secure_delete = OFF');
    file.prepare('INSERT INTO meta VALUES (?, ?)').run('x', secret.repeat(100));
    file.exec("DELETE FROM meta WHERE key = 'x'");
    file.close();
    const { folder: made } = await backup();
    expect(readFileSync(join(made, DATABASE_FILE)).includes(secret)).toBe(false);
  });
});

describe('a restore', () => {
  it('brings back what the backup holds, in a new epoch that says where it came from', async () => {
    const { folder: made, manifest } = await backup();
    const { epoch, kept } = await restore(made);
    expect([epoch, kept]).toEqual([RESTORED_MS / 1000, undefined]);
    expect(readdirSync(join(folder, 'new')).sort()).toEqual(['gateway.lock', DATABASE_FILE]);
    const facts = factsIn(join(folder, 'new'));
    expect(facts).toHaveLength(51);
    expect(facts.at(-1)).toMatchObject({ kind: 'epoch.begun' });
    const again = openStore({ dataFolder: join(folder, 'new'), chainKey });
    again.close();
    expect(manifest.lastFact.id).toBe(50);
  });

  it('replaces a database only when told to, and keeps it', async () => {
    const { folder: made } = await backup();
    putDesk(60);
    store.close();
    expect(await refusal(restore(made, { dataFolder }))).toMatch(/is not empty .* --force/);
    const { kept } = await restore(made, { dataFolder, force: true });
    expect(factsIn(kept!)).toHaveLength(51);
    expect(factsIn(dataFolder).at(-1)).toMatchObject({ kind: 'epoch.begun' });
  });

  it('refuses a gateway that runs, a changed file, a changed manifest, another hall and another key', async () => {
    const { folder: made } = await backup();
    const lock = lockFolder(dataFolder)!;
    expect(await refusal(restore(made, { dataFolder, force: true }))).toMatch(/A gateway is running/);
    lock.release();
    expect(await refusal(restore(made, { hall: 'other' }))).toMatch(/is of hall "h"/);
    expect(await refusal(restore(made, { chainKey: Buffer.alloc(32, 2) }))).toMatch(/another master key/);
    expect(await refusal(restore(join(folder, 'nowhere')))).toMatch(/cannot be read/);

    const file = join(made, DATABASE_FILE);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(await refusal(restore(made))).toMatch(/it was changed/);
    const manifest = join(made, MANIFEST_FILE);
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"epoch": 1', '"epoch": 2'));
    expect(await refusal(restore(made))).toMatch(/was changed/);
    expect(existsSync(join(folder, 'new', DATABASE_FILE))).toBe(false);
  });

  it('that power cut in the middle is never taken for an empty hall', async () => {
    const { folder: made } = await backup();
    await expect(restore(made, { dataFolder: join(folder, 'new'), hall: 'h' })).resolves.toBeTruthy();
    rmSync(join(folder, 'new', DATABASE_FILE));
    openForWriting(join(folder, 'new', 'restoring')).close();
    expect(() => openForWriting(join(folder, 'new'))).toThrow(/did not come to its end/);
    await restore(made, { force: true });
    expect(factsIn(join(folder, 'new'))).toHaveLength(51);
  });
});
