import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openForWriting } from '../open-database.ts';
import { makeRuleQuestions, type RunningTerm } from './rules.ts';

const NOW_MS = 1000;
let folder: string;
let database: Database.Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-terms-'));
  database = openForWriting(folder);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

it('names every completed case whose term runs or was never worked out, once, in pages of any size', () => {
  const insert = database.prepare(
    "INSERT INTO case_record (project_no, body, completed_ms, term_ends_ms) VALUES (?, '{}', ?, ?)",
  );
  insert.run('ended', 1, NOW_MS);
  insert.run('not-completed', null, null);
  const expected = ['none-1', 'none-2', 'none-3', 'first', 'same-1', 'same-2', 'last'];
  for (const name of ['none-1', 'none-2', 'none-3']) insert.run(name, 1, null);
  insert.run('last', 1, NOW_MS + 9);
  for (const name of ['same-2', 'same-1']) insert.run(name, 1, NOW_MS + 5);
  insert.run('first', 1, NOW_MS + 1);
  const { casesWithRunningTerm } = makeRuleQuestions(database);
  for (const limit of [1, 2, 3, 4, 100]) {
    const found: string[] = [];
    let page: RunningTerm[] = [];
    do {
      page = casesWithRunningTerm({ nowMs: NOW_MS, after: page.at(-1), limit });
      expect(page.length).toBeLessThanOrEqual(limit);
      found.push(...page.map(({ projectNo }) => projectNo));
    } while (page.length > 0);
    expect(found).toEqual(expected);
  }
});
