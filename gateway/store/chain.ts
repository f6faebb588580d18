// Appends facts. Each row carries HMAC-SHA256 over the chain value before it and its own fields, under a key
// that is not in the database: a row changed, inserted or removed inside the chain shows.
import type Database from 'better-sqlite3';
import { hmacSha256 } from '../../protocol/hmac.ts';

export interface Fact {
  atMs: number;
  kind: string;
  /** What it is about: a case, a device, a window. */
  subject: string;
  body: object;
}

export interface FactLog {
  /** Returns the fact's id. */
  append(fact: Fact): number;
  /** Reads the chain's end again, after a transaction that was rolled back. */
  reload(): void;
}

interface Row {
  id: number;
  at_ms: number;
  kind: string;
  subject: string;
  body: string;
  chain: Buffer;
}

const CHAIN_START = Buffer.alloc(32);

function chainOf(key: Uint8Array, before: Uint8Array, row: Omit<Row, 'chain'>): Buffer {
  const fields = JSON.stringify([row.id, row.at_ms, row.kind, row.subject, row.body]);
  return hmacSha256(key, before, fields);
}

export function makeFactLog(database: Database.Database, chainKey: Uint8Array): FactLog {
  const insert = database.prepare(
    'INSERT INTO fact (id, at_ms, kind, subject, body, chain) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const newest = database.prepare('SELECT id, chain FROM fact ORDER BY id DESC LIMIT 1');
  let end: { id: number; chain: Uint8Array } = { id: 0, chain: CHAIN_START };
  const log: FactLog = {
    append(fact) {
      const row = {
        id: end.id + 1,
        at_ms: fact.atMs,
        kind: fact.kind,
        subject: fact.subject,
        body: JSON.stringify(fact.body),
      };
      const chain = chainOf(chainKey, end.chain, row);
      insert.run(row.id, row.at_ms, row.kind, row.subject, row.body, chain);
      end = { id: row.id, chain };
      return row.id;
    },
    reload() {
      end = (newest.get() as typeof end | undefined) ?? { id: 0, chain: CHAIN_START };
    },
  };
  log.reload();
  return log;
}

/** The id of the first fact whose chain value does not follow, or undefined if all do. */
export function firstBrokenFact(database: Database.Database, chainKey: Uint8Array): number | undefined {
  let before: Uint8Array = CHAIN_START;
  let expectedId = 1;
  for (const row of database.prepare('SELECT * FROM fact ORDER BY id').iterate() as IterableIterator<Row>) {
    if (row.id !== expectedId || !chainOf(chainKey, before, row).equals(row.chain)) return row.id;
    before = row.chain;
    expectedId += 1;
  }
  return undefined;
}
