import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../../protocol/constants.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import {
  type DatedRecord,
  dateOfPress,
  intervalOf,
  type Neighbours,
  withNeighbour,
} from '../../core/press-time.ts';
import { unverifiedPress } from '../../testing/sample-record.ts';
import { openForReading, openForWriting } from '../open-database.ts';
import { openReader, type Reader } from '../reader.ts';
import { type Job, openStore, type Store } from '../store.ts';

const REGISTERED_MS = 1000;
const INVITED_MS = 30_000;
const HOUR_MS = 3_600_000;

interface Told {
  seq: number;
  boot: number;
  /** 0: the evaluator had no time. */
  wall: number;
  receivedMs: number;
}
/** A journal: boots and clocks go on with the sequence, some boots never had a clock. Few moments, some equal. */
const journal = fc
  .array(
    fc.record({ next: fc.boolean(), clock: fc.boolean(), stepMs: fc.constantFrom(0, 10_000, HOUR_MS) }),
    {
      minLength: 1,
      maxLength: 10,
    },
  )
  .map((rows) => {
    let boot = 1;
    let atMs = 20_000;
    return rows.map(({ next, clock, stepMs }, index): Told => {
      if (next) boot += 1;
      atMs += stepMs;
      return { seq: index + 1, boot, wall: clock ? atMs : 0, receivedMs: 50 * HOUR_MS };
    });
  });
const orders = journal.chain((records) =>
  fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
);

const recordOf = ({ seq, boot, wall }: Told): Evaluation =>
  unverifiedPress({ seq, boot, uptime: seq * 100, wall, flags: wall > 0 ? FLAG_CLOCK_SET : 0 });
const storing = (told: Told): Job => ({
  name: 'store-evaluation',
  input: {
    device: `a${round}`,
    record: { ...recordOf(told), invitation: invitation() },
    receivedMs: told.receivedMs,
  },
});

/** What the rules say of the whole set. */
function expectedTimes(records: readonly Told[]) {
  const dated = records.flatMap((told): DatedRecord[] => {
    const record = recordOf(told);
    const date = dateOfPress(record, { receivedMs: told.receivedMs, bootStartedMs: undefined });
    return date.kind === 'dated' ? [{ ...record, atMs: date.atMs }] : [];
  });
  return records.map((told) => {
    const own = dated.find(({ seq }) => seq === told.seq);
    if (own) return { seq: told.seq, fromMs: own.atMs, untilMs: null };
    const press = { ...recordOf(told), floorMs: INVITED_MS, receivedMs: told.receivedMs };
    const none: Neighbours = { before: undefined, after: undefined };
    const neighbours = dated.reduce((known, seen) => withNeighbour(known, seen, press), none);
    return { seq: told.seq, ...intervalOf(press, neighbours) };
  });
}

let folder: string;
let store: Store;
let reader: Reader;
let round = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'times-'));
  store = openStore({
    dataFolder: folder,
    chainKey: Buffer.alloc(32, 1),
    // Without waiting for the disk: what is asked here is what is written, not whether it survives.
    openDatabase(dataFolder) {
      const database = openForWriting(dataFolder);
      database.pragma('synchronous = OFF');
      return database;
    },
  });
  reader = openReader(folder);
});
afterAll(() => {
  reader.close();
  store.close();
  rmSync(folder, { recursive: true });
});

/** An evaluator, a case and an invitation of their own for each run. */
function setUp(): Job[] {
  round += 1;
  return [
    {
      name: 'register-device',
      input: {
        id: `a${round}`,
        hall: 'h',
        window: `w${round}`,
        handle: round.toString(16).padStart(16, '0'),
        gen: 1,
        sealedKey: Buffer.alloc(60),
        atMs: REGISTERED_MS,
      },
    },
    {
      name: 'put-case',
      input: { projectNo: `p${round}`, body: { taskCode: '1', taskName: '居住证签注' }, atMs: 1 },
    },
    {
      name: 'put-service',
      input: {
        projectNo: `p${round}`,
        assessNumber: 1,
        serviceName: '受理',
        servedAtMs: 1,
        staff: { badgeId: '1', name: '张三' },
        window: `w${round}`,
        atMs: 1,
      },
    },
    {
      name: 'create-invitation',
      input: {
        invitation: invitation(),
        window: `w${round}`,
        services: [{ projectNo: `p${round}`, assessNumber: 1 }],
        termSeconds: 600,
        atMs: INVITED_MS,
      },
    },
  ];
}
const invitation = () => round.toString(16).padStart(16, 'a');

function found(jobs: Job[]) {
  for (const job of jobs) {
    const [result] = store.apply([job]);
    if (!result?.ok) throw new Error(result?.reason);
  }
  const database = openForReading(folder);
  try {
    const all = (sql: string) => database.prepare(sql).all() as Record<string, unknown>[];
    const own = `(SELECT no FROM device WHERE id = 'a${round}')`;
    return {
      times: all(
        `SELECT seq, pressed_ms AS fromMs, until_ms AS untilMs FROM press WHERE device_no = ${own} ORDER BY seq`,
      ),
      counts: all(
        `SELECT p.pressed_ms AS atMs FROM service s JOIN press p ON p.id = s.effective_press WHERE s.project_no = 'p${round}'`,
      ),
      waiting: all(`SELECT seq FROM undated WHERE device_no = ${own}`),
    };
  } finally {
    database.close();
  }
}

/** What the outbox says of the service, row by row, in the order of its changes. */
function outboxRows(rowsBefore: number) {
  const changes = reader.changesBeyond({ after: rowsBefore, limit: 1000 });
  return changes.map(({ id }) => reader.outboxRow(id));
}

describe('presses of an evaluator without a clock', () => {
  it('go upstream with the time that counts in the end, and what was said before is never said otherwise', () => {
    let corrected = 0;
    fc.assert(
      fc.property(orders, ([records, order]) => {
        const rowsBefore = reader.newestOutboxId();
        found(setUp());
        let before: ReturnType<typeof outboxRows> = [];
        for (const told of order) {
          const { counts } = found([storing(told)]);
          const after = outboxRows(rowsBefore);
          expect(after.slice(0, before.length)).toEqual(before);
          expect(after.at(-1)!.content).toMatchObject({ kind: 'evaluation', pressedMs: counts[0]!.atMs });
          before = after;
        }
        const keys = before.map(({ idempotencyKey }) => idempotencyKey);
        expect(new Set(keys).size).toBe(keys.length);
        const times = before.map(({ content }) => (content.kind === 'evaluation' ? content.pressedMs : 0));
        corrected += Number(new Set(times).size > 1);
        // They are all of one evaluator: the one it made first counts.
        expect(times.at(-1)).toBe(expectedTimes(records)[0]!.fromMs);
      }),
      { numRuns: 60 },
    );
    expect(corrected).toBeGreaterThan(0);
  });

  it('have the same times, and the same one counts, in whatever order their journal arrives', () => {
    fc.assert(
      fc.property(orders, ([records, order]) => {
        const made = [...setUp(), ...order.map(storing), ...order.map(storing)];
        const { times, counts } = found(made);
        const expected = expectedTimes(records);
        expect(times).toEqual(expected);
        expect(counts).toEqual([{ atMs: expected[0]!.fromMs }]);
        // Once a dated record has come after them, nothing waits for neighbours any more.
        const last = { seq: records.length + 1, boot: 100, wall: 40 * HOUR_MS, receivedMs: 50 * HOUR_MS };
        const closed = found([storing(last)]);
        expect(closed.times).toEqual(expectedTimes([...records, last]));
        expect(closed.waiting).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
