import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET, NO_HANDLE, RECORD_PRESS, RECORD_REASONS } from '../../../protocol/constants.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import { unverifiedPress } from '../../testing/sample-record.ts';
import { DATABASE_FILE, openForWriting } from '../open-database.ts';
import { PACKED_RECORD_BYTES, packRecord } from '../packed-records.ts';
import { signedRecord } from '../record-body.ts';
import { type Job, openStore, type Store } from '../store.ts';
import type { Commands } from './commands.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-03-02T10:00:00+08:00');
const DEVICES = ['a', 'b'];
const TABLES = [
  ...['fact', 'chain_head', 'press', 'outbox_row', 'service_record', 'service_state', 'invitation_state'],
  ...['invitation_press', 'received', 'press_block', 'undated', 'unlinked', 'quarantine', 'catch_up'],
];

interface Side {
  folder: string;
  store: Store;
}
let short: Side;
let general: Side;
const openSide = (generalWayOnly: boolean): Side => {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-ordinary-'));
  const store = openStore({
    dataFolder: folder,
    chainKey: Buffer.alloc(32, 1),
    generalWayOnly,
    openDatabase(dataFolder) {
      const database = openForWriting(dataFolder);
      database.pragma('synchronous = OFF');
      return database;
    },
  });
  // Its handle would be random otherwise, and no fact the same.
  const database = new Database(join(folder, DATABASE_FILE));
  database.exec("INSERT INTO staff (handle, badge_id, name) VALUES (x'0102030405060708', '1', '张三')");
  database.close();
  return { folder, store };
};
beforeAll(() => {
  short = openSide(false);
  general = openSide(true);
  for (const { store } of [short, general]) store.apply(DEVICES.map(register));
});
afterAll(() => {
  for (const { store, folder } of [short, general]) {
    store.close();
    rmSync(folder, { recursive: true });
  }
});

const job = <N extends keyof Commands>(name: N, input: Commands[N]['in']): Job => ({ name, input });
const register = (id: string, index: number) =>
  job('register-device', {
    ...{ id, hall: 'h', window: `w${index}`, handle: `0${index + 1}`.repeat(8), gen: 1 },
    ...{ sealedKey: Buffer.alloc(60), atMs: 1 },
  });
const dump = ({ folder }: Side) => {
  const database = new Database(join(folder, DATABASE_FILE), { readonly: true });
  try {
    return TABLES.map((table) => [table, database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]);
  } finally {
    database.close();
  }
};

type RecordIn = Commands['store-evaluation']['in'];
/** Records that follow each other go together, as the writer's thread gives them. */
function jobsOf(steps: (Job | RecordIn)[]): Job[] {
  const jobs: Job[] = [];
  let run: RecordIn[] = [];
  const endRun = () => {
    const records = Buffer.alloc(run.length * PACKED_RECORD_BYTES);
    for (const [index, { device, receivedMs, record }] of run.entries())
      packRecord(records, index * PACKED_RECORD_BYTES, signedRecord(device, receivedMs, record));
    if (run.length > 0) jobs.push(job('store-records', { records }));
    run = [];
  };
  for (const step of steps) {
    if ('record' in step) run.push(step);
    else {
      endRun();
      jobs.push(step);
    }
  }
  endRun();
  return jobs;
}

describe('the short way of an ordinary press', () => {
  interface Names {
    of(name: string): string;
    seq(device: string, seq: number): number;
    invitation(name: string): string;
    /** A press that is stored by now, so many before the newest one. */
    press(back: number): number;
  }
  type Step = (names: Names) => Job | RecordIn;
  const device = fc.constantFrom(...DEVICES);
  const projectNo = fc.constantFrom('p', 'q', 'r', 's');
  const invitation = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const sinceMs = fc.constantFrom(-DAY_MS, 0, DAY_MS, 9 * DAY_MS);
  const record = fc
    .record({
      device,
      seq: fc.integer({ min: 1, max: 12 }),
      of: fc.oneof({ weight: 8, arbitrary: invitation }, fc.constantFrom('none', 'unknown')),
      kind: fc.oneof(
        { weight: 6, arbitrary: fc.constant(RECORD_PRESS) },
        fc.constant(RECORD_REASONS as number),
      ),
      level: fc.integer({ min: 1, max: 5 }),
      hasClock: fc.boolean(),
      sinceMs,
    })
    .map(
      ({ device: from, seq, of, kind, level, hasClock, sinceMs: since }): Step =>
        (names) => {
          const fields: Partial<Evaluation> = {
            ...{ seq: names.seq(from, seq), kind: kind as Evaluation['kind'], level },
            reasons: kind === RECORD_REASONS ? [101, 102] : [],
            ...{ wall: hasClock ? START_MS + since : 0, flags: hasClock ? FLAG_CLOCK_SET : 0 },
            invitation: of === 'none' ? NO_HANDLE : names.invitation(of),
            sig: `${kind}${level}`.repeat(32),
          };
          return { device: from, record: unverifiedPress(fields), receivedMs: START_MS + 20 * DAY_MS };
        },
    );
  const invite = fc
    .record({
      of: invitation,
      cases: fc.uniqueArray(projectNo, { minLength: 1, maxLength: 2 }),
      window: device,
    })
    .map(
      ({ of, cases, window }): Step =>
        (names) =>
          job('create-invitation', {
            invitation: names.invitation(of),
            window,
            services: cases.map((name) => ({ projectNo: names.of(name), assessNumber: 1 })),
            ...{ termSeconds: 600, atMs: START_MS },
          }),
    );
  const rest = fc.oneof(
    projectNo.map(
      (name): Step =>
        (names) =>
          job('complete-case', { projectNo: names.of(name), completedAtMs: START_MS, atMs: START_MS }),
    ),
    projectNo.map(
      (name): Step =>
        (names) =>
          job('withdraw-case', { projectNo: names.of(name), atMs: START_MS }),
    ),
    invitation.map(
      (name): Step =>
        (names) =>
          job('cancel-invitation', { invitation: names.invitation(name), atMs: START_MS }),
    ),
    fc.constant<Step>(() => job('settle-due', { nowMs: START_MS + 30 * DAY_MS, limit: 100 })),
    fc.constant<Step>(() => job('begin-epoch', { cause: {}, atMs: START_MS })),
  );
  const appeal = fc.nat(8).map(
    (back): Step =>
      (names) =>
        job('exclude-evaluation', {
          ...{ evaluation: names.press(back), by: 'lead', reason: '误按', atMs: START_MS + 21 * DAY_MS },
        }),
  );
  const step = fc.oneof(
    { weight: 8, arbitrary: record },
    { weight: 3, arbitrary: invite },
    { weight: 2, arbitrary: appeal },
    { weight: 1, arbitrary: rest },
  );

  it('leaves every table as the general way does, after any course of events in any batches', {
    timeout: 120_000,
  }, () => {
    let round = 0;
    const read = new Database(join(general.folder, DATABASE_FILE), { readonly: true });
    const presses = read.prepare('SELECT id FROM press ORDER BY id DESC LIMIT 1 OFFSET ?').pluck();
    const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(batches, (steps) => {
        round += 1;
        const names: Names = {
          of: (name) => `${name}${round}`,
          seq: (_, seq) => (round - 1) * 12 + seq,
          invitation: (name) => `${name}${round.toString(16).padStart(15, '0')}`,
          press: (back) => (presses.get(back) as number | undefined) ?? 0,
        };
        const cases = ['p', 'q', 'r', 's'].flatMap((name): Job[] => {
          const body = { taskCode: '1', taskName: '居住证签注' } as Commands['put-case']['in']['body'];
          const service = { projectNo: names.of(name), assessNumber: 1, serviceName: '受理', servedAtMs: 1 };
          return [
            job('put-case', { projectNo: names.of(name), body, atMs: 1 }),
            job('put-service', { ...service, staff: { badgeId: '1', name: '张三' }, window: 'w0', atMs: 1 }),
          ];
        });
        // As in most halls: completed, then invited; a press may come before the end of its term and after it.
        const completed = [
          job('complete-case', { projectNo: names.of('s'), completedAtMs: START_MS, atMs: START_MS }),
          job('create-invitation', {
            ...{ invitation: names.invitation('c'), window: 'u', termSeconds: 600, atMs: START_MS },
            services: [{ projectNo: names.of('s'), assessNumber: 1 }],
          }),
        ];
        const opened = ['a', 'b'].map((name, index) =>
          job('create-invitation', {
            invitation: names.invitation(name),
            // The second one replaces the first, whose press is still taken.
            window: 'v',
            services: ['p', 'q']
              .slice(0, index + 1)
              .map((of) => ({ projectNo: names.of(of), assessNumber: 1 })),
            ...{ termSeconds: 600, atMs: 1 },
          }),
        );
        const gap = DEVICES.map((id) =>
          job('note-hello', {
            ...{ device: id, boot: 2, uptime: 1, oldest: 1, next: round * 12 + 1, acked: 0, atMs: START_MS },
            missing: [[(round - 1) * 12 + 1, round * 12]],
          }),
        );
        const begin = [...cases, ...opened, ...completed].map(
          (one): Step =>
            () =>
              one,
        );
        for (const batch of [begin, ...steps]) {
          const jobs = jobsOf(batch.map((one) => one(names)));
          const outs = [short, general].map(({ store }) => store.apply(jobs));
          expect(outs[0]).toEqual(outs[1]);
        }
        for (const { store } of [short, general]) store.apply(gap);
        if (round % 10 === 0) expect(dump(short)).toEqual(dump(general));
      }),
      { numRuns: 60 },
    );
    expect(dump(short)).toEqual(dump(general));
    const count = (where: string) => read.prepare(`SELECT count(*) FROM press WHERE ${where}`).pluck().get();
    expect(count("state = 'effective'")).toBeGreaterThan(30);
    expect(count('excluded = 1')).toBeGreaterThan(10);
    read.close();
  });
});
