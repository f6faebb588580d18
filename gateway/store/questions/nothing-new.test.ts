import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeUnlessNothingNew } from './nothing-new.ts';

let folder: string;
let writer: Database.Database;
let reader: Database.Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-nothing-new-'));
  writer = new Database(join(folder, 'a.sqlite'));
  writer.pragma('journal_mode = WAL');
  writer.exec('CREATE TABLE row (of INTEGER)');
  reader = new Database(join(folder, 'a.sqlite'), { readonly: true });
});
afterEach(() => {
  reader.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

it('asks again only after somebody has committed something', () => {
  let asked = 0;
  const rowsOf = reader.prepare('SELECT of FROM row WHERE of = ?');
  const question = makeUnlessNothingNew(reader)((of: number) => {
    asked += 1;
    return rowsOf.all(of);
  });
  expect([question(1), question(2), question(1), question(2)]).toEqual([[], [], [], []]);
  expect(asked).toBe(2);

  writer.exec('INSERT INTO row VALUES (2)');
  expect(question(1)).toEqual([]);
  expect(question(2)).toEqual([{ of: 2 }]);
  expect(question(2)).toEqual([{ of: 2 }]);
  expect(asked).toBe(5);

  writer.exec('DELETE FROM row');
  expect(question(2)).toEqual([]);
});
