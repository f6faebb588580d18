import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openForWriting, StoreError } from './open-database.ts';

it('a database of an older version is copied before it is changed, and never opened by an older program after', () => {
  const folder = mkdtempSync(join(tmpdir(), 'migration-'));
  try {
    const first = ['CREATE TABLE t (x)', "INSERT INTO t VALUES ('kept')"];
    openForWriting(folder, [first.join(';')]).close();
    expect(readdirSync(folder)).toEqual(['pingjia.sqlite']);
    openForWriting(folder, [first.join(';'), 'ALTER TABLE t ADD COLUMN y']).close();
    const copy = new Database(join(folder, 'before-schema-2.sqlite'), { readonly: true });
    expect(copy.prepare('SELECT * FROM t').all()).toEqual([{ x: 'kept' }]);
    expect(copy.pragma('user_version', { simple: true })).toBe(1);
    copy.close();
    expect(() => openForWriting(folder, [first.join(';')])).toThrow(StoreError);
    openForWriting(folder, [first.join(';'), 'ALTER TABLE t ADD COLUMN y']).close();
    expect(readdirSync(folder).filter((name) => name.startsWith('before'))).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
