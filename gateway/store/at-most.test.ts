import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { atMost } from './at-most.ts';

describe('bounded questions', () => {
  it('give as many rows as they are asked for', () => {
    const database = new Database(':memory:');
    database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY); INSERT INTO row VALUES (1), (2), (3)');
    const some = database.prepare(`SELECT id FROM row ORDER BY id ${atMost()}`).pluck();
    expect([0, 2, 9].map((limit) => some.all(limit))).toEqual([[], [1, 2], [1, 2, 3]]);
    expect(
      database
        .prepare(`SELECT id FROM row ${atMost('@limit')}`)
        .pluck()
        .all({ limit: 1 }),
    ).toEqual([1]);
    database.close();
  });

  it('are nowhere written with a bare parameter, for which SQLite would compile them anew each time', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(?<!\.test)\.ts$/.test(name),
    );
    expect(sources).toContain('questions/outbox.ts');
    for (const name of sources)
      expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/LIMIT [?@:$](?!\{)/);
  });
});
