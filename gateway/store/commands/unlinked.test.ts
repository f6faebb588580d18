import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET, FLAG_UNLINKED, NO_HANDLE } from '../../../protocol/constants.ts';
import { effectiveOf } from '../../core/effective.ts';
import { type GivenService, isCandidate, matchOf, type UnlinkedPress } from '../../core/matching.ts';
import { serviceStateOf } from '../../core/service-facts.ts';
import { unverifiedPress } from '../../testing/sample-record.ts';
import { openForReading, openForWriting } from '../open-database.ts';
import { openReader } from '../reader.ts';
import { ruleFactsOf } from '../rule-facts.ts';
import { type Job, openStore, type Store } from '../store.ts';

const MINUTE_MS = 60_000;
const START_MS = 100 * MINUTE_MS;
const DRAINED_MS = START_MS + 1000 * MINUTE_MS;

let folder: string;
let store: Store;
let round = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unlinked-'));
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
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});
const apply = (jobs: Job[]) => {
  for (const job of jobs) {
    const [result] = store.apply([job]);
    if (!result?.ok) throw new Error(result?.reason);
  }
};
const rows = (sql: string) => {
  const database = openForReading(folder);
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
};
const window = () => `w${round}`;
const begin = () => {
  round += 1;
  apply([
    {
      name: 'register-device',
      input: {
        id: `a${round}`,
        hall: 'h',
        window: window(),
        handle: round.toString(16).padStart(16, '0'),
        gen: 1,
        sealedKey: Buffer.alloc(60),
        atMs: 1,
      },
    },
    ...['1', '2'].map((badgeId) => sitting(badgeId)),
  ]);
};
const sitting = (badgeId: string): Job => ({
  name: 'put-desk',
  input: { window: window(), staff: { badgeId, name: '张三' }, paused: false, atMs: 1 },
});
const staffHandle = (badgeId: string) =>
  rows(`SELECT lower(hex(handle)) AS handle FROM staff WHERE badge_id = '${badgeId}'`)[0]!.handle as string;
const serve = (index: number, { minute, badgeId }: { minute: number; badgeId: string }): Job[] => [
  {
    name: 'put-case',
    input: { projectNo: `p${round}-${index}`, body: { taskCode: '1', taskName: '居住证签注' }, atMs: 1 },
  },
  {
    name: 'put-service',
    input: {
      projectNo: `p${round}-${index}`,
      assessNumber: 1,
      serviceName: '受理',
      servedAtMs: START_MS + minute * MINUTE_MS,
      staff: { badgeId, name: '张三' },
      window: window(),
      atMs: 1,
    },
  },
];
const press = (
  seq: number,
  { minute, badgeId }: { minute: number; badgeId: string },
  invitation = NO_HANDLE,
): Job => ({
  name: 'store-evaluation',
  input: {
    device: `a${round}`,
    record: unverifiedPress({
      seq,
      level: 2,
      wall: START_MS + minute * MINUTE_MS,
      flags: FLAG_CLOCK_SET | FLAG_UNLINKED,
      invitation,
      staff: badgeId === '0' ? NO_HANDLE : staffHandle(badgeId),
    }),
    receivedMs: DRAINED_MS,
  },
});
const decide = (emptyMs = DRAINED_MS): Job => ({
  name: 'match-unlinked',
  input: { nowMs: DRAINED_MS, emptyAtMs: { [window()]: emptyMs }, afterId: 0, limit: 100 },
});
const states = () =>
  rows(
    `SELECT p.seq, p.state, u.project_no AS projectNo FROM press p LEFT JOIN unlinked u ON u.press = p.id
     WHERE p.device_no = (SELECT no FROM device WHERE id = 'a${round}') ORDER BY p.seq`,
  );

describe('an unlinked press', () => {
  it('belongs to the only service of its window and staff around it, once the journals have drained', () => {
    begin();
    apply([...serve(1, { minute: 0, badgeId: '1' }), press(1, { minute: 3, badgeId: '1' })]);
    apply([decide(START_MS + 14 * MINUTE_MS)]);
    expect(states()).toEqual([{ seq: 1, state: 'unmatched', projectNo: null }]);
    apply([decide(START_MS + 15 * MINUTE_MS)]);
    expect(states()).toEqual([{ seq: 1, state: 'effective', projectNo: `p${round}-1` }]);
    const outbox = rows(`SELECT 1 FROM outbox WHERE kind = 'evaluation' AND project_no = 'p${round}-1'`);
    expect(outbox).toHaveLength(1);
    const [fact] = rows("SELECT body FROM fact WHERE kind = 'evaluation.matched' ORDER BY id DESC LIMIT 1");
    expect(JSON.parse(fact!.body as string)).toMatchObject({
      service: { projectNo: `p${round}-1`, assessNumber: 1 },
      window: window(),
    });
  });

  it('stays unmatched and listed with two services around it, two presses, other staff or nobody signed in', () => {
    begin();
    apply([
      ...serve(1, { minute: 0, badgeId: '1' }),
      ...serve(2, { minute: 4, badgeId: '1' }),
      press(1, { minute: 5, badgeId: '1' }),
      ...serve(3, { minute: 100, badgeId: '1' }),
      press(2, { minute: 101, badgeId: '1' }),
      press(3, { minute: 102, badgeId: '1' }),
      ...serve(4, { minute: 200, badgeId: '1' }),
      press(4, { minute: 201, badgeId: '2' }),
      press(5, { minute: 202, badgeId: '0' }),
      decide(),
    ]);
    expect(states().map(({ state }) => state)).toEqual(Array(5).fill('unmatched'));
    const reader = openReader(folder);
    expect(reader.unmatched(5).filter(({ device }) => device === `a${round}`)).toHaveLength(5);
    expect(reader.unmatchedCount()).toBeGreaterThanOrEqual(5);
    reader.close();
  });

  it('is given back when a second service of that time becomes known, and never displaces a linked one', () => {
    begin();
    apply([...serve(1, { minute: 0, badgeId: '1' }), press(1, { minute: 3, badgeId: '1' }), decide()]);
    expect(states()).toMatchObject([{ state: 'effective' }]);
    const handle = round.toString(16).padStart(16, 'b');
    apply([
      {
        name: 'create-invitation',
        input: {
          invitation: handle,
          window: window(),
          services: [{ projectNo: `p${round}-1`, assessNumber: 1 }],
          termSeconds: 60,
          atMs: 1,
        },
      },
    ]);
    apply([...serve(2, { minute: 1, badgeId: '1' }), decide()]);
    expect(states()).toMatchObject([{ state: 'unmatched', projectNo: null }]);
    const counting = () =>
      rows(
        `SELECT p.seq FROM service s JOIN press p ON p.id = s.effective_press WHERE s.project_no = 'p${round}-1'`,
      );
    expect(counting()).toEqual([]);
    // The second one turns out to have been at another time: the press is the first one's again.
    apply([...serve(2, { minute: 100, badgeId: '1' }), decide()]);
    expect(counting()).toEqual([{ seq: 1 }]);
    apply([press(2, { minute: 30, badgeId: '1' }, handle)]);
    expect(counting()).toEqual([{ seq: 2 }]);
    expect(states()).toMatchObject([{ state: 'duplicate' }, { state: 'effective' }]);
  });

  it('is matched the same in whatever order presses and services become known, and as the facts say', () => {
    const moment = fc.record({ minute: fc.nat(40), badgeId: fc.constantFrom('1', '2') });
    const steps = fc
      .tuple(fc.array(moment, { maxLength: 4 }), fc.array(moment, { maxLength: 4 }))
      .chain(([served, pressed]) => {
        const all = [
          ...served.map((at, index) => ({ kind: 'served' as const, index, at })),
          ...pressed.map((at, index) => ({ kind: 'pressed' as const, index, at })),
          { kind: 'decide' as const },
        ];
        return fc.tuple(
          fc.constant({ served, pressed }),
          fc.shuffledSubarray(all, { minLength: all.length }),
        );
      });
    fc.assert(
      fc.property(steps, ([{ served, pressed }, order]) => {
        begin();
        const [{ lastFact }] = rows('SELECT max(id) AS lastFact FROM fact') as [{ lastFact: number }];
        for (const step of order) {
          if (step.kind === 'served') apply(serve(step.index, step.at));
          else if (step.kind === 'pressed') apply([press(step.index + 1, step.at)]);
          else apply([decide()]);
        }
        apply([decide()]);
        const presses = pressed.map(({ minute, badgeId }, index): UnlinkedPress => {
          const atMs = START_MS + minute * MINUTE_MS;
          return { id: index + 1, window: window(), staff: badgeId, fromMs: atMs, untilMs: atMs };
        });
        const services = served.map(({ minute, badgeId }, index): GivenService => {
          const key = { projectNo: `p${round}-${index}`, assessNumber: 1 };
          return { ...key, window: window(), staff: badgeId, servedMs: START_MS + minute * MINUTE_MS };
        });
        const expected = presses.map((item) => ({
          seq: item.id,
          projectNo: matchOf(item, { presses, services })?.projectNo ?? null,
        }));
        expect(states().map(({ seq, projectNo }) => ({ seq, projectNo }))).toEqual(expected);
        for (const { seq, projectNo } of expected) {
          const service = services.find((item) => item.projectNo === projectNo);
          if (!service) continue;
          expect(presses.filter((item) => isCandidate(item, service)).map(({ id }) => id)).toEqual([seq]);
        }
        const database = openForReading(folder);
        const facts = ruleFactsOf(database, { afterId: lastFact });
        database.close();
        for (const { projectNo } of services) {
          const { counts } = effectiveOf(serviceStateOf(facts, { projectNo, assessNumber: 1 }));
          expect(
            rows(`SELECT effective_press AS press FROM service WHERE project_no = '${projectNo}'`),
          ).toEqual([{ press: counts?.origin === 'press' ? counts.id : null }]);
        }
      }),
      { numRuns: 80 },
    );
  });
});
