// Appends facts. Each row carries HMAC-SHA256 over the chain value before it and its own fields, under a key
// that is not in the database: a row changed, inserted or removed inside the chain shows.
import type Database from 'better-sqlite3';
import { hmacSha256, hmacSha256Into } from '../../protocol/hmac.ts';
import { makeRowWriter } from './row-writer.ts';

export interface Fact {
  atMs: number;
  kind: string;
  /** What it is about: a case, a device, a window. */
  subject: string;
  /** Bytes and text, which is JSON already, stay as they are; an object becomes JSON. */
  body: object | Buffer | string;
}

export interface FactLog {
  /** Returns the fact's id. */
  append(fact: Fact): number;
  /** The same, but its row and those after it wait for `write`; the bytes of its body must not change until then. */
  add(fact: Fact): number;
  /** Writes the rows that wait. Belongs before every read of them. */
  write(): void;
  /** In this order; returns the id of the first, and each further one is the next number. */
  appendAll(facts: readonly Fact[]): number;
  /** At the end of every transaction: writes down which fact is the newest. */
  seal(): void;
  /** Reads the chain's end again, after a transaction that was rolled back. */
  reload(): void;
}

export interface FactRow {
  id: number;
  at_ms: number;
  kind: string;
  subject: string;
  /** JSON; of a record the bytes of record-body.ts. */
  body: string | Buffer;
  chain: Buffer;
}

/** Of what happens most, the kind is part of the statement: a text costs as much as the rest of the row. */
const FREQUENT_KINDS: readonly string[] = ['evaluation.pressed', 'evaluation.defaulted'];
const CHAIN_BYTES = 32;
export const CHAIN_START = Buffer.alloc(CHAIN_BYTES);
/** Values of facts that wait to be written, kept to be used again; those of more are made anew. */
const PLACES_LIMIT = 4096;

/** Of a row, given the chain value of the row before it. */
export function chainOf(key: Uint8Array, before: Uint8Array, row: Omit<FactRow, 'chain'>): Buffer {
  const chain = Buffer.alloc(CHAIN_BYTES);
  writeChain(chain, key, before, row);
  return chain;
}

/** What all but its id says of a row: records of one device, or of one millisecond and kind, come in a row. */
let last = { at_ms: Number.NaN, kind: '', subject: '', text: '' };

function writeChain(into: Buffer, key: Uint8Array, before: Uint8Array, row: Omit<FactRow, 'chain'>): void {
  const { id, at_ms, kind, subject, body } = row;
  // The JSON of an array, put together by hand, which takes a third of the time; ids and times are whole numbers.
  if (at_ms !== last.at_ms || kind !== last.kind || subject !== last.subject)
    last = { at_ms, kind, subject, text: `,${at_ms},${quoted(kind)},${quoted(subject)}` };
  const fields = `[${id}${last.text}`;
  if (typeof body === 'string') hmacSha256Into(into, key, before, `${fields},${JSON.stringify(body)}]`);
  // The array ends before the bytes: no row with text looks like this one.
  else hmacSha256Into(into, key, before, `${fields}]`, body);
}

const PLAIN = /^[a-z0-9.-]*$/;

/** As JSON has it, sooner where nothing needs an escape: kinds and ids of evaluators. */
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

export function makeFactLog(database: Database.Database, chainKey: Uint8Array): FactLog {
  const rows = makeRowWriter(database, {
    into: 'fact (id, at_ms, kind, subject, body, chain)',
    row: '(?, ?, ?, ?, ?, ?)',
  });
  const frequent = new Map(
    FREQUENT_KINDS.map((kind) => [
      kind,
      makeRowWriter(database, {
        into: 'fact (id, at_ms, kind, subject, body, chain)',
        row: `(?, ?, '${kind}', ?, ?, ?)`,
      }),
    ]),
  );
  const writers = [rows, ...frequent.values()];
  /** Where the values of facts that wait lie until they are written. */
  const places: Buffer[] = [];
  let usedPlaces = 0;
  const nextPlace = (): Buffer => {
    if (usedPlaces === PLACES_LIMIT) return Buffer.alloc(CHAIN_BYTES);
    if (usedPlaces === places.length) places.push(Buffer.alloc(CHAIN_BYTES));
    usedPlaces += 1;
    return places[usedPlaces - 1]!;
  };
  const write = () => {
    for (const writer of writers) writer.write();
    if (usedPlaces === 0) return;
    usedPlaces = 0;
    endWritten.set(end.chain);
    end.chain = endWritten;
  };
  const newest = database.prepare('SELECT id, chain FROM fact ORDER BY id DESC LIMIT 1');
  const writeHead = database.prepare(
    'INSERT INTO chain_head (one, fact, mac) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET fact = excluded.fact, mac = excluded.mac',
  );
  const headKey = headKeyOf(chainKey);
  const end: { id: number; chain: Uint8Array } = { id: 0, chain: CHAIN_START };
  /** The value of the last fact that was written: its place is used again. */
  const endWritten = Buffer.alloc(CHAIN_BYTES);
  let sealedId = 0;
  /** Its row is to be written; the chain goes on from it. */
  const link = ({ atMs, kind, subject, body: said }: Fact): number => {
    const id = end.id + 1;
    const body = Buffer.isBuffer(said) || typeof said === 'string' ? said : JSON.stringify(said);
    const chain = nextPlace();
    writeChain(chain, chainKey, end.chain, { id, at_ms: atMs, kind, subject, body });
    end.id = id;
    end.chain = chain;
    const writer = frequent.get(kind);
    if (writer) writer.add(id, atMs, subject, body, chain);
    else rows.add(id, atMs, kind, subject, body, chain);
    return id;
  };
  const log: FactLog = {
    append(fact) {
      const id = link(fact);
      write();
      return id;
    },
    add: link,
    write,
    appendAll(facts) {
      const firstId = end.id + 1;
      for (const fact of facts) link(fact);
      write();
      return firstId;
    },
    seal() {
      if (end.id === sealedId) return;
      writeHead.run(end.id, headMacOf(headKey, end));
      sealedId = end.id;
    },
    reload() {
      for (const writer of writers) writer.drop();
      usedPlaces = 0;
      Object.assign(end, newest.get() ?? { id: 0, chain: CHAIN_START });
      sealedId = end.id;
    },
  };
  log.reload();
  return log;
}

/** The head of the chain has a key of its own: no value of the chain can stand in for it. */
export function headKeyOf(chainKey: Uint8Array): Buffer {
  return hmacSha256(chainKey, 'head');
}

/** Says that this fact was the newest: without it the last facts could be taken away unseen. */
export function headMacOf(headKey: Uint8Array, { id, chain }: { id: number; chain: Uint8Array }): Buffer {
  return hmacSha256(headKey, chain, ` ${id}`);
}

/** The id of the first fact whose chain value does not follow, or undefined if all do. */
export function firstBrokenFact(database: Database.Database, chainKey: Uint8Array): number | undefined {
  let before: Uint8Array = CHAIN_START;
  let expectedId = 1;
  for (const row of database
    .prepare('SELECT * FROM fact ORDER BY id')
    .iterate() as IterableIterator<FactRow>) {
    if (row.id !== expectedId || !chainOf(chainKey, before, row).equals(row.chain)) return row.id;
    before = row.chain;
    expectedId += 1;
  }
  return undefined;
}
