import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log, Writer } from '../ports.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import { DATABASE_FILE } from './open-database.ts';
import { openReader } from './reader.ts';
import { startWriter } from './writer.ts';

const ignore = () => undefined;
const log: Log = { info: ignore, warn: ignore, error: ignore };
let folder: string;
let writer: Writer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-writer-'));
  writer = await startWriter({ dataFolder: folder, chainKey: Buffer.alloc(32, 1), log });
  await writer.submit('register-device', {
    id: 'a01',
    hall: 'h',
    window: 'a01',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey: Buffer.alloc(60),
    atMs: 1,
  });
});
afterEach(async () => {
  await writer.stop();
  rmSync(folder, { recursive: true });
});

const store = (seq: number, device = 'a01') => {
  const record = unverifiedPress({ seq });
  return writer.submit('store-evaluation', { device, record, receivedMs: 1 });
};

/** Commits in the write-ahead log: frames that carry the size of the database (SQLite file format, section 4.1). */
function commits(): number {
  const log = readFileSync(join(folder, `${DATABASE_FILE}-wal`));
  const frameBytes = 24 + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let count = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    if (log.subarray(at + 8, at + 16).equals(salt) && log.readUInt32BE(at + 4) !== 0) count += 1;
  }
  return count;
}

describe('the writer', () => {
  it('commits together what arrives together, and answers each by itself', async () => {
    const before = commits();
    const count = 500;
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => store(index + 1)));
    expect(answers.map(({ upTo }) => upTo)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(commits() - before).toBeLessThanOrEqual(5);
  });

  it('has on disk what it answered', async () => {
    await store(1);
    const reader = openReader(folder);
    expect(reader.evaluationCount()).toBe(1);
    expect(reader.deviceById('a01')?.watermark).toBe(1);
    reader.close();
  });

  it('rejects a command that makes no sense, and keeps those beside it', async () => {
    const results = await Promise.allSettled([store(1), store(1, 'nobody'), store(2), store(3, 'nobody')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    const reader = openReader(folder);
    expect(reader.deviceById('a01')?.watermark).toBe(2);
    reader.close();
  });

  it('finishes what it was given before it stops, and takes nothing afterwards', async () => {
    const given = [store(1), store(2)];
    await writer.stop();
    await expect(Promise.all(given)).resolves.toHaveLength(2);
    await expect(store(3)).rejects.toThrow(/ended/);
  });
});
