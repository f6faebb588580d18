// The facts that decide about services, found by service without reading all: a temporary file that SQLite makes and
// removes, so that a million facts need no more memory than a thousand. Holds ids and case numbers, no personal data.
import Database from 'better-sqlite3';
import { evaluationKey, keysOf, leadsOf, startKeysOf } from '../core/fact-links.ts';
import type { RuleFact, ServiceRef } from '../core/service-facts.ts';
import { ruleFactOf, type StoredFact } from '../store/rule-facts.ts';

const BATCH_ROWS = 10_000;

export interface FactIndex {
  file(id: number, fact: RuleFact): void;
  /** Under a key of the caller's own. */
  note(id: number, key: string): void;
  /** After the last one. */
  finish(): void;
  /** Whether anything was noted under the key. */
  has(key: string): boolean;
  /** What `serviceStateOf` needs for a service. */
  factsAbout(service: ServiceRef): RuleFact[];
  /** The time that a press was given later, undefined if none was. */
  datedMs(evaluation: number): number | undefined;
  close(): void;
}

export function makeFactIndex(facts: Database.Database): FactIndex {
  const index = new Database('');
  index.pragma('journal_mode = OFF');
  index.exec('CREATE TABLE filed (key TEXT NOT NULL, fact INTEGER NOT NULL); BEGIN');
  const insert = index.prepare('INSERT INTO filed (key, fact) VALUES (?, ?)');
  const byKey = index.prepare('SELECT fact FROM filed WHERE key = ?').pluck();
  const first = index.prepare('SELECT fact FROM filed WHERE key = ? LIMIT 1').pluck();
  const byId = facts.prepare('SELECT id, at_ms AS atMs, kind, subject, body FROM fact WHERE id = ?');
  let rows = 0;

  const note = (id: number, key: string) => {
    insert.run(key, id);
    rows += 1;
    if (rows % BATCH_ROWS === 0) index.exec('COMMIT; BEGIN');
  };

  return {
    note,
    file(id, fact) {
      for (const key of keysOf(fact)) note(id, key);
    },
    finish() {
      index.exec('COMMIT; CREATE INDEX filed_key ON filed (key, fact)');
    },
    has: (key) => first.get(key) !== undefined,
    factsAbout(service) {
      const found = new Map<number, RuleFact>();
      const seen = new Set<string>();
      const keys = startKeysOf(service);
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
        if (seen.has(key)) continue;
        seen.add(key);
        for (const id of byKey.all(key) as number[]) {
          if (found.has(id)) continue;
          const fact = ruleFactOf(byId.get(id) as StoredFact);
          if (!fact) continue;
          found.set(id, fact);
          keys.push(...leadsOf(fact));
        }
      }
      return [...found.values()];
    },
    datedMs(evaluation) {
      const ids = byKey.all(evaluationKey(evaluation)) as number[];
      const facts = ids.map((id) => ruleFactOf(byId.get(id) as StoredFact));
      const newest = facts.filter((fact) => fact?.kind === 'evaluation.dated').sort((a, b) => b.id - a.id)[0];
      return newest?.pressedMs;
    },
    close() {
      index.close();
    },
  };
}
