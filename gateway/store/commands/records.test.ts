import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECORD_REASONS } from '../../../protocol/constants.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import { SAMPLE_PRESS } from '../../testing/sample-record.ts';
import { DATABASE_FILE } from '../open-database.ts';
import { openReader } from '../reader.ts';
import { type Job, openStore, type Store } from '../store.ts';
import type { Commands } from './commands.ts';
import { QUARANTINE_LIMIT_DAILY } from './records.ts';

const chainKey = Buffer.alloc(32, 1);
const DEVICES = ['a', 'b', 'c'];
let folder: string;
let store: Store;

const reopen = () => {
  store.close();
  store = openStore({ dataFolder: folder, chainKey });
};
const open = () => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-records-'));
  store = openStore({ dataFolder: folder, chainKey });
  store.apply(
    DEVICES.map((id, index) => ({
      name: 'register-device',
      input: {
        id,
        hall: 'h',
        window: id,
        handle: `0${index + 1}`.repeat(8),
        gen: 1,
        sealedKey: Buffer.alloc(60),
        atMs: 1,
      },
    })),
  );
};
const close = () => {
  store.close();
  rmSync(folder, { recursive: true });
};
const record = (fields: Partial<Evaluation>): Evaluation => ({
  ...SAMPLE_PRESS,
  sig: 'ab'.repeat(32),
  ...fields,
});
const storing = (device: string, fields: Partial<Evaluation>): Job => ({
  name: 'store-evaluation',
  input: { device, record: record(fields), receivedMs: 1 },
});
const apply = (jobs: Job[]) =>
  store.apply(jobs).map((result) => {
    if (!result.ok) throw new Error(result.reason);
    return result.out as Commands['store-evaluation']['out'];
  });

beforeEach(open);
afterEach(close);

describe('records in the store', () => {
  it('are told from repeated and from different ones, in any order, of several devices, across restarts', () => {
    const step = fc.record({
      device: fc.constantFrom(...DEVICES),
      seq: fc.integer({ min: 1, max: 40 }),
      content: fc.nat({ max: 1 }),
    });
    const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(batches, fc.nat({ max: 5 }), (runs, reopenAt) => {
        close();
        open();
        const model = new Map<string, number>();
        for (const [index, steps] of runs.entries()) {
          if (index === reopenAt) reopen();
          const expected = steps.map(({ device, seq, content }) => {
            const before = model.get(`${device} ${seq}`);
            if (before === undefined) model.set(`${device} ${seq}`, content);
            return before === undefined ? 'stored' : before === content ? 'known' : 'quarantined';
          });
          const jobs = steps.map(({ device, seq, content }) =>
            storing(device, { seq, sig: `${content}${seq}`.padStart(64, '0') }),
          );
          expect(apply(jobs).map(({ state }) => state)).toEqual(expected);
        }
        const reader = openReader(folder);
        expect(reader.evaluationCount()).toBe(model.size);
        reader.close();
      }),
      { numRuns: 25 },
    );
  });

  it('bring the reasons to their press, whichever arrives first', () => {
    apply([
      storing('a', { seq: 1, level: 2 }),
      storing('a', { seq: 2, level: 2, kind: RECORD_REASONS, reasons: [501, 502] }),
      storing('b', { seq: 2, level: 1, kind: RECORD_REASONS, reasons: [510] }),
      storing('b', { seq: 1, level: 1 }),
    ]);
    expect(reasonsOfPresses()).toEqual(['[501,502]', '[510]']);
  });

  it('are not acknowledged, and do not pass the watermark, where the quarantine of the day is full', () => {
    const bad = (index: number): Job => ({
      name: 'quarantine',
      input: {
        device: 'a',
        seq: index + 1,
        code: 'evaluation.signature',
        payload: `{"seq":${index}}`,
        atMs: 1000,
      },
    });
    const results = store.apply(Array.from({ length: QUARANTINE_LIMIT_DAILY + 2 }, (_, index) => bad(index)));
    const last = results.slice(-3).map((result) => result.ok && result.out);
    expect(last).toEqual([
      { kept: true, upTo: QUARANTINE_LIMIT_DAILY },
      { kept: false, upTo: QUARANTINE_LIMIT_DAILY },
      { kept: false, upTo: QUARANTINE_LIMIT_DAILY },
    ]);
    expect(apply([storing('a', { seq: QUARANTINE_LIMIT_DAILY + 1 })])).toEqual([
      { state: 'stored', upTo: QUARANTINE_LIMIT_DAILY + 1 },
    ]);
    expect(apply([storing('a', { seq: QUARANTINE_LIMIT_DAILY + 1, sig: 'cd'.repeat(32) })])).toEqual([
      { state: 'refused', upTo: QUARANTINE_LIMIT_DAILY + 1 },
    ]);
  });
});

function reasonsOfPresses(): unknown[] {
  const database = new Database(join(folder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare('SELECT reasons FROM press WHERE kind = 1 ORDER BY device_no').pluck().all();
  } finally {
    database.close();
  }
}
