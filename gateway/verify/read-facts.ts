// One pass over all facts, oldest first, in bounded memory: the chain, what was anchored, the signatures of
// evaluators, the tables of records and of what else was kept beside it; files the facts that decide about services for the second pass.
import type Database from 'better-sqlite3';
import { RECORD_PRESS } from '../../protocol/constants.ts';
import { type DeviceKeys, evaluationIsSigned } from '../../protocol/keys.ts';
import { evaluationLayout } from '../../protocol/layouts.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import type { Anchor } from '../anchor/anchor-line.ts';
import { CHAIN_START, chainOf, type FactRow, headKeyOf, headMacOf } from '../store/chain.ts';
import { readRecordBody, signedOf } from '../store/record-body.ts';
import { ruleFactOf } from '../store/rule-facts.ts';
import { deliveredKey } from './check-outbox.ts';
import type { FactIndex } from './fact-index.ts';
import type { FindingList } from './findings.ts';
import { makeKeptTables } from './kept-tables.ts';
import { makeRecordTable } from './record-table.ts';

export interface SigningDevice {
  handle: string;
  /** By generation. */
  keys: ReadonlyMap<number, DeviceKeys>;
}

export interface ReadFactsOptions {
  database: Database.Database;
  chainKey: Uint8Array;
  /** By id, revoked ones too. */
  devices: ReadonlyMap<string, SigningDevice>;
  anchors: readonly Anchor[];
  index: FactIndex;
  findings: FindingList;
  onProgress: (facts: number) => void;
}

export interface ReadFacts {
  facts: number;
  signatures: number;
  /** Restores on record: what was anchored of the database that was lost may differ. */
  restores: { fact: number; atMs: number }[];
  forgotten: string[];
  /** Anchors that agree, and those of a database that was restored since. */
  anchored: number;
  anchoredBeforeRestore: number;
}

const PROGRESS_EVERY_FACTS = 100_000;
const RECORD_KINDS = new Set(['evaluation.pressed', 'evaluation.reasons']);

export function readFacts(options: ReadFactsOptions): ReadFacts {
  const { database, chainKey, devices, index, findings, onProgress } = options;
  const read: ReadFacts = {
    facts: 0,
    signatures: 0,
    restores: [],
    forgotten: [],
    anchored: 0,
    anchoredBeforeRestore: 0,
  };
  const anchorsAt = new Map<number, Anchor[]>();
  for (const anchor of options.anchors)
    anchorsAt.set(anchor.fact, [...(anchorsAt.get(anchor.fact) ?? []), anchor]);
  const broken: { anchor: Anchor; ahead: boolean }[] = [];
  const records = makeRecordTable(database, findings);
  const kept = makeKeptTables(database, findings);
  let before: { id: number; chain: Uint8Array } = { id: 0, chain: CHAIN_START };

  const rows = database.prepare('SELECT * FROM fact ORDER BY id').iterate() as IterableIterator<FactRow>;
  for (const row of rows) {
    // A gap in the numbers breaks the next value too: that is one finding, not two.
    const follows = chainOf(chainKey, before.chain, row).equals(row.chain);
    if (row.id !== before.id + 1) findings.add('chain.missing', `facts ${before.id + 1} to ${row.id - 1}`);
    else if (!follows) findings.add('chain.changed', `fact ${row.id} (${row.kind}, ${row.subject})`);
    before = row;
    for (const anchor of anchorsAt.get(row.id) ?? []) {
      if (anchor.head === row.chain.toString('hex')) read.anchored += 1;
      else broken.push({ anchor, ahead: false });
    }
    anchorsAt.delete(row.id);
    readBody(row);
    read.facts += 1;
    if (read.facts % PROGRESS_EVERY_FACTS === 0) onProgress(read.facts);
  }
  const redated = records.end();
  kept.end();
  index.finish();
  for (const { id, pressedMs } of redated)
    if (index.datedMs(id) !== pressedMs) findings.add('record.differs', `record ${id}: time of the press`);

  for (const anchor of [...anchorsAt.values()].flat()) broken.push({ anchor, ahead: true });
  for (const { anchor, ahead } of broken) {
    const isOfLost = read.restores.some(({ fact, atMs }) => fact <= anchor.fact && anchor.atMs < atMs);
    const when = new Date(anchor.atMs).toISOString();
    if (isOfLost) read.anchoredBeforeRestore += 1;
    else findings.add(ahead ? 'anchor.ahead' : 'anchor.broken', `fact ${anchor.fact}, anchored ${when}`);
  }
  checkHead(options, before);
  return read;

  function readBody(row: FactRow): void {
    if (RECORD_KINDS.has(row.kind)) {
      readRecord(row);
      return;
    }
    let body: Record<string, unknown>;
    try {
      body = JSON.parse(row.body as string) as Record<string, unknown>;
    } catch {
      findings.add('chain.changed', `fact ${row.id} is no JSON`);
      return;
    }
    if (row.kind === 'epoch.begun') read.restores.push({ fact: row.id, atMs: row.at_ms });
    else if (row.kind === 'person.forgotten') read.forgotten.push(String(body.person));
    else if (row.kind === 'upstream.delivered')
      index.note(row.id, deliveredKey(String(body.connector), String(body.key)));
    kept.compare(row, body);
    fileFact(row);
  }

  function readRecord(row: FactRow): void {
    const record = readRecordBody(row.body);
    if (!record) {
      findings.add('chain.changed', `fact ${row.id} is no record`);
      return;
    }
    checkSignature(row, record);
    records.compare(row, record);
    fileFact(row);
  }

  function fileFact({ id, at_ms: atMs, kind, subject, body }: FactRow): void {
    const fact = ruleFactOf({ id, atMs, kind, subject, body });
    if (fact) index.file(id, fact);
  }

  function checkSignature(row: FactRow, record: Evaluation): void {
    const device = devices.get(row.subject);
    const keys = device?.keys.get(record.gen);
    read.signatures += 1;
    if (!device || !keys)
      findings.add(
        'signature.unknown-key',
        `fact ${row.id}, evaluator ${row.subject}, generation ${record.gen}`,
      );
    // What is stored must be the very bytes that the signature covers.
    else if (
      !signedOf(row.body as Buffer).equals(evaluationLayout(device.handle, record)) ||
      !evaluationIsSigned(keys, device.handle, record)
    )
      findings.add('signature.wrong', `fact ${row.id}, evaluator ${row.subject}, sequence ${record.seq}`);
    else if ((record.kind === RECORD_PRESS) !== (row.kind === 'evaluation.pressed'))
      findings.add('signature.wrong', `fact ${row.id} calls a record of kind ${record.kind} ${row.kind}`);
  }
}

function checkHead(
  { database, chainKey, findings }: ReadFactsOptions,
  last: { id: number; chain: Uint8Array },
): void {
  const head = database.prepare('SELECT fact, mac FROM chain_head').get() as
    | { fact: number; mac: Buffer }
    | undefined;
  if (last.id === 0 && !head) return;
  if (!head) findings.add('chain.head', 'there is none');
  else if (head.fact > last.id) findings.add('chain.shortened', `facts ${last.id + 1} to ${head.fact}`);
  else if (head.fact < last.id)
    findings.add('chain.head', `facts after ${head.fact} were not written by the gateway`);
  else if (!headMacOf(headKeyOf(chainKey), last).equals(head.mac))
    findings.add('chain.head', `of fact ${head.fact}`);
}
