import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { effectiveOf } from '../core/effective.ts';
import { type HallRules, REGULATION_RULES } from '../core/hall-rules.ts';
import { serviceStateOf } from '../core/service-facts.ts';
import type { CommandName } from '../ports.ts';
import { applierTo } from '../testing/applier.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import { firstBrokenFact } from './chain.ts';
import type { Commands } from './commands/commands.ts';
import { openForReading } from './open-database.ts';
import { openReader } from './reader.ts';
import { ruleFactsOf } from './rule-facts.ts';
import { type Job, openStore, type Store } from './store.ts';

const chainKey = Buffer.alloc(32, 1);
const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday; the term of what is completed then ends a week later. */
const completedAtMs = shanghai('2026-03-02 10:00:00');
const termEndsMs = shanghai('2026-03-10 00:00:00');

let folder: string;
let store: Store;
let seq: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
  seq = 0;
  open();
  run('register-device', {
    id: 'a',
    hall: 'h',
    window: 'w',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey: Buffer.alloc(60),
    atMs: 1,
  });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});
function open(rules: HallRules = REGULATION_RULES) {
  store = openStore({ dataFolder: folder, chainKey, rules });
}

const job = <N extends CommandName>(name: N, input: Commands[N]['in']): Job => ({ name, input });
const apply = (jobs: Job[]) => {
  for (const result of store.apply(jobs)) if (!result.ok) throw new Error(result.reason);
};
const run = applierTo(() => store);
const rows = (sql: string, ...values: unknown[]) => {
  const database = openForReading(folder);
  try {
    return database.prepare(sql).all(...values) as Record<string, unknown>[];
  } finally {
    database.close();
  }
};
const putCase = (projectNo: string, services = 1): Job[] => [
  job('put-case', {
    projectNo,
    body: {
      taskCode: '1',
      taskName: '居住证签注',
      projectName: undefined,
      areaCode: undefined,
      deptCode: undefined,
      acceptedAtMs: undefined,
    },
    atMs: 1,
  }),
  ...Array.from({ length: services }, (_, index) => putService(projectNo, index + 1)),
];
const putService = (projectNo: string, assessNumber: number): Job =>
  job('put-service', {
    projectNo,
    assessNumber,
    serviceName: '受理',
    servedAtMs: 1,
    staff: { badgeId: '1', name: '张三' },
    window: 'w',
    atMs: 1,
  });
const invite = (invitation: string, services: [projectNo: string, assessNumber: number][]): Job =>
  job('create-invitation', {
    invitation,
    window: 'w',
    services: services.map(([projectNo, assessNumber]) => ({ projectNo, assessNumber })),
    termSeconds: 600,
    atMs: 1,
  });
const press = (invitation: string, wall: number, level = 5): Job => {
  seq += 1;
  return job('store-evaluation', {
    device: 'a',
    record: unverifiedPress({ seq, wall, level, invitation, flags: FLAG_CLOCK_SET }),
    receivedMs: wall + 20 * DAY_MS,
  });
};
const complete = (projectNo: string, assessNumber?: number): Job =>
  job('complete-case', { projectNo, completedAtMs, assessNumber, atMs: completedAtMs });
const withdraw = (projectNo: string): Job => job('withdraw-case', { projectNo, atMs: completedAtMs });
const sweep = (nowMs = termEndsMs): Job => job('settle-due', { nowMs, limit: 100 });
const exclude = (level: number) => {
  const [{ id }] = rows('SELECT id FROM press WHERE level = ?', level) as [{ id: number }];
  return run('exclude-evaluation', { evaluation: id, by: 'A1', reason: '误按', atMs: completedAtMs });
};
const standing = (projectNo: string) => {
  const reader = openReader(folder);
  try {
    return reader.caseStanding(projectNo)!;
  } finally {
    reader.close();
  }
};
const counting = (projectNo: string, assessNumber = 1) => {
  const { effective } = standing(projectNo).services[assessNumber - 1]!;
  return effective && `${effective.origin} ${effective.level}`;
};
/** What the outbox says of evaluations, in order. */
const outbox = () =>
  rows(
    `SELECT iif(press IS NOT NULL, 'press ' || (SELECT level FROM press p WHERE p.id = press),
       iif(default_fact IS NULL, 'nothing', iif(held = 1, 'held default', 'default'))) AS said
     FROM outbox WHERE kind = 'evaluation' ORDER BY id`,
  ).map((row) => row.said);
const handle = (text: string) => text.repeat(16).slice(0, 16);

describe('the end of a term', () => {
  it('makes 基本满意 of a case that nobody evaluated, once, and not a millisecond early', () => {
    apply([...putCase('p'), complete('p')]);
    expect(run('settle-due', { nowMs: termEndsMs - 1, limit: 9 })).toEqual({
      defaulted: 0,
      looked: 0,
      nextDueMs: termEndsMs,
    });
    const done = { defaulted: 1, looked: 1, nextDueMs: undefined };
    expect(run('settle-due', { nowMs: termEndsMs, limit: 9 })).toEqual(done);
    expect(run('settle-due', { nowMs: termEndsMs + DAY_MS, limit: 9 })).toMatchObject({ defaulted: 0 });
    expect(counting('p')).toBe('default 3');
    expect(outbox()).toEqual(['held default']);
    expect(rows("SELECT 1 FROM fact WHERE kind = 'evaluation.defaulted'")).toHaveLength(1);
  });

  it('concerns the service that completed the case only: the named one, or the last', () => {
    apply([...putCase('named', 3), complete('named', 2), ...putCase('last', 2), complete('last'), sweep()]);
    expect([1, 2, 3].map((number) => counting('named', number))).toEqual([undefined, 'default 3', undefined]);
    expect([1, 2].map((number) => counting('last', number))).toEqual([undefined, 'default 3']);
    expect(
      run('complete-case', { projectNo: 'named', completedAtMs: undefined, assessNumber: 9, atMs: 1 }),
    ).toMatchObject({
      ok: true,
      change: 'unchanged',
    });
    apply(putCase('none', 0));
    expect(run('complete-case', { projectNo: 'none', completedAtMs, assessNumber: 1, atMs: 1 })).toEqual({
      ok: false,
      code: 'service.unknown',
    });
    apply([complete('none'), putService('none', 1), putService('none', 2), sweep()]);
    expect([1, 2].map((number) => counting('none', number))).toEqual(['default 3', undefined]);
  });

  it('gives a withdrawn case nothing, and takes back a default that was not sent', () => {
    apply([...putCase('p'), complete('p'), withdraw('p'), sweep()]);
    apply([...putCase('q'), complete('q'), sweep(), withdraw('q')]);
    expect([counting('p'), counting('q')]).toEqual([undefined, undefined]);
    expect(outbox()).toEqual(['default', 'nothing']);
    apply(putCase('r'));
    apply([withdraw('r')]);
    expect(run('complete-case', { projectNo: 'r', completedAtMs, atMs: 1 })).toEqual({
      ok: false,
      code: 'case.withdrawn',
    });
  });

  it('waits for the last completion of a batch', () => {
    apply([
      ...putCase('p'),
      ...putCase('q'),
      invite(handle('a'), [
        ['p', 1],
        ['q', 1],
      ]),
      complete('p'),
      sweep(),
    ]);
    expect(counting('p')).toBeUndefined();
    apply([complete('q'), sweep()]);
    expect([counting('p'), counting('q')]).toEqual(['default 3', 'default 3']);
  });

  it('refuses to invite anew what was defaulted', () => {
    apply([...putCase('p'), complete('p'), sweep()]);
    const services = [{ projectNo: 'p', assessNumber: 1 }];
    expect(
      run('create-invitation', { invitation: handle('b'), window: 'w', services, termSeconds: 60, atMs: 1 }),
    ).toMatchObject({ ok: false, code: 'service.evaluated' });
  });

  it('gives each of hundreds that end at once its own fact and its own row for upstream, and none to those that were evaluated', () => {
    const names = Array.from({ length: 200 }, (_, index) => `p${index}`);
    apply(names.flatMap((name) => [...putCase(name), complete(name)]));
    apply([invite(handle('a'), [['p70', 1]]), press(handle('a'), completedAtMs, 2)]);
    apply([invite(handle('b'), [['p80', 1]])]);
    expect(run('settle-due', { nowMs: termEndsMs, limit: 300 })).toMatchObject({
      defaulted: 199,
      looked: 199,
    });
    const defaults = rows(
      `SELECT f.subject, json_extract(f.body, '$.assessNumber') AS assessNumber, json_extract(f.body, '$.termEndsMs') AS termEndsMs,
         o.project_no AS forwarded, o.idempotency_key AS key, o.held, o.revision, s.effective_default AS counts
       FROM fact f JOIN service s ON s.default_fact = f.id JOIN outbox o ON o.id = s.evaluation_outbox AND o.default_fact = f.id
       WHERE f.kind = 'evaluation.defaulted' AND s.project_no = f.subject`,
    );
    expect(new Set(defaults.map(({ subject }) => subject))).toEqual(
      new Set(names.filter((name) => name !== 'p70')),
    );
    for (const { subject, ...row } of defaults)
      expect(row).toEqual({
        assessNumber: 1,
        termEndsMs,
        forwarded: subject,
        key: `e:${String(subject)}:1:default`,
        held: 1,
        revision: 1,
        counts: 1,
      });
    expect(counting('p70')).toBe('press 2');
    const database = openForReading(folder);
    expect(firstBrokenFact(database, chainKey)).toBeUndefined();
    database.close();
  });

  it('is in bounded batches, oldest first', () => {
    apply(Array.from({ length: 7 }, (_, index) => [...putCase(`p${index}`), complete(`p${index}`)]).flat());
    expect(run('settle-due', { nowMs: termEndsMs, limit: 3 })).toEqual({
      defaulted: 3,
      looked: 3,
      nextDueMs: termEndsMs,
    });
    expect(run('settle-due', { nowMs: termEndsMs, limit: 9 })).toMatchObject({
      defaulted: 4,
      nextDueMs: undefined,
    });
  });
});

describe('a press', () => {
  const invited = (projectNo = 'p') => [
    ...putCase(projectNo),
    invite(handle('a'), [[projectNo, 1]]),
    complete(projectNo),
  ];

  it('made in time and delivered after the term replaces a default that was not sent', () => {
    apply([...invited(), sweep(), press(handle('a'), termEndsMs - 1, 2)]);
    expect(counting('p')).toBe('press 2');
    expect(outbox()).toEqual(['default', 'press 2']);
    const [decided] = rows("SELECT body FROM fact WHERE kind = 'evaluation.decided'");
    const [{ id }] = rows("SELECT id FROM fact WHERE kind = 'evaluation.defaulted'") as [{ id: number }];
    expect(JSON.parse(decided!.body as string)).toMatchObject({ assessNumber: 1, replaces: id });
  });

  it('made at 24:00 of the last day is kept as late and changes nothing', () => {
    apply([...invited(), sweep(), press(handle('a'), termEndsMs, 1)]);
    expect([counting('p'), outbox()]).toEqual(['default 3', ['held default']]);
    expect(rows('SELECT state FROM press')).toEqual([{ state: 'late' }]);
  });

  it('becomes late when the completion is reported after it', () => {
    apply([...putCase('p'), invite(handle('a'), [['p', 1]]), press(handle('a'), termEndsMs + 1, 1)]);
    expect(counting('p')).toBe('press 1');
    apply([complete('p'), sweep()]);
    expect([counting('p'), outbox()]).toEqual(['default 3', ['press 1', 'nothing', 'held default']]);
  });

  it('that became late stays so when its case is withdrawn afterwards', () => {
    apply([...putCase('p'), invite(handle('a'), [['p', 1]]), press(handle('a'), termEndsMs + 1, 1)]);
    apply([complete('p')]);
    expect(counting('p')).toBeUndefined();
    apply([withdraw('p')]);
    expect([counting('p'), outbox()]).toEqual([undefined, ['press 1', 'nothing']]);
  });

  it('on one case of a batch stays in time when the case that kept the batch open is withdrawn', () => {
    apply([
      ...putCase('p'),
      ...putCase('q'),
      invite(handle('a'), [
        ['p', 1],
        ['q', 1],
      ]),
      complete('p'),
      press(handle('a'), termEndsMs + DAY_MS, 2),
    ]);
    expect([counting('p'), counting('q')]).toEqual(['press 2', 'press 2']);
    run('withdraw-case', { projectNo: 'q', atMs: termEndsMs + 2 * DAY_MS });
    expect([counting('p'), counting('q')]).toEqual(['press 2', 'press 2']);
  });

  it('of a batch that is cancelled or replaced without a press ties its cases no longer', () => {
    apply([
      ...putCase('p'),
      ...putCase('q'),
      ...putCase('r'),
      invite(handle('a'), [
        ['p', 1],
        ['q', 1],
      ]),
      complete('p'),
      invite(handle('b'), [['r', 1]]),
      sweep(),
    ]);
    expect([counting('p'), counting('q')]).toEqual(['default 3', undefined]);
    apply([...putCase('s'), complete('s')]);
    const services = ['s', 'q'].map((projectNo) => ({ projectNo, assessNumber: 1 }));
    run('create-invitation', { invitation: handle('c'), window: 'w', services, termSeconds: 60, atMs: 1 });
    apply([sweep()]);
    expect(counting('s')).toBeUndefined();
    run('cancel-invitation', { invitation: handle('c'), atMs: 2 });
    apply([sweep()]);
    expect(counting('s')).toBe('default 3');
  });

  it('whose invitation comes to be known only after it, as after a restore, is filed under it then', () => {
    apply([...putCase('p'), press(handle('a'), completedAtMs + 1, 2)]);
    expect(rows('SELECT state FROM press')).toEqual([{ state: 'unmatched' }]);
    apply([invite(handle('a'), [['p', 1]])]);
    expect([counting('p'), outbox()]).toEqual(['press 2', ['press 2']]);
  });

  it('that is excluded gives way to the next one in time, or to none, never to a default', () => {
    apply([...invited(), press(handle('a'), completedAtMs + 1, 1), press(handle('a'), completedAtMs + 2, 2)]);
    expect(exclude(1)).toEqual({ ok: true, change: 'updated' });
    expect(exclude(1)).toEqual({ ok: true, change: 'unchanged' });
    expect(counting('p')).toBe('press 2');
    exclude(2);
    const keys = rows("SELECT idempotency_key AS key FROM outbox WHERE kind = 'evaluation'");
    expect(new Set(keys.map(({ key }) => key)).size).toBe(3);
    apply([sweep(termEndsMs + DAY_MS)]);
    expect([counting('p'), outbox()]).toEqual([undefined, ['press 1', 'press 2', 'nothing']]);
    expect(rows('SELECT state FROM press')).toEqual([{ state: 'excluded' }, { state: 'excluded' }]);
    expect(run('exclude-evaluation', { evaluation: 999, by: 'A1', reason: '', atMs: 1 })).toEqual({
      ok: false,
      code: 'evaluation.unknown',
    });
  });
});

describe('a case that is transferred to other staff', () => {
  const transfer = (badgeId: string, name: string) =>
    run('transfer-case', { projectNo: 'p', staff: { badgeId, name }, atMs: completedAtMs });

  it('leaves every press to the staff on the card that was shown, whoever has the case since', () => {
    apply([...putCase('p', 2), invite(handle('a'), [['p', 1]])]);
    expect(transfer('2', '李四')).toEqual({ ok: true, change: 'updated' });
    expect(transfer('2', '李四')).toEqual({ ok: true, change: 'unchanged' });
    expect(standing('p').staff).toEqual({ badgeId: '2', name: '李四' });
    const reader = openReader(folder);
    const shown = reader.invitationByHandle(handle('a'), 2)!.staff;
    expect(shown).toMatchObject({ badgeId: '1', name: '张三' });
    const made = press(handle('a'), completedAtMs, 2);
    const input = made.input as Commands['store-evaluation']['in'];
    apply([{ ...made, input: { ...input, record: { ...input.record, staff: shown.handle } } }]);
    expect(counting('p')).toBe('press 2');
    const [evaluation] = reader.evaluationsAfter({ after: 0, limit: 1 });
    reader.close();
    expect(evaluation).toMatchObject({ badgeId: '1', state: 'effective' });
    const facts = rows("SELECT body FROM fact WHERE kind = 'case.transferred'");
    expect(facts.map(({ body }) => JSON.parse(body as string))).toMatchObject([{ from: null }]);
  });

  it('must be there, and not withdrawn', () => {
    expect(transfer('2', '李四')).toEqual({ ok: false, code: 'case.unknown' });
    apply([...putCase('p'), withdraw('p')]);
    expect(transfer('2', '李四')).toEqual({ ok: false, code: 'case.withdrawn' });
  });
});

describe('reasons given after a press', () => {
  const reasons = (invitation: string, codes: number[]): Job => {
    const made = press(invitation, completedAtMs + 5000, 2);
    const input = made.input as Commands['store-evaluation']['in'];
    return { ...made, input: { ...input, record: { ...input.record, kind: 2, reasons: codes } } };
  };
  const upstream = () =>
    rows(
      "SELECT (SELECT reasons FROM press r WHERE r.id = o.reasons_fact) AS reasons FROM outbox o WHERE kind = 'evaluation' ORDER BY id",
    ).map((row) => row.reasons);

  it('join the evaluation of every service of its batch and change nothing else', () => {
    apply([
      ...putCase('p'),
      ...putCase('q'),
      invite(handle('a'), [
        ['p', 1],
        ['q', 1],
      ]),
      complete('p'),
      press(handle('a'), completedAtMs + 1, 2),
    ]);
    expect(upstream()).toEqual([null, null]);
    apply([reasons(handle('a'), [208, 213])]);
    expect([counting('p'), counting('q')]).toEqual(['press 2', 'press 2']);
    expect(upstream()).toEqual([null, null, '[208,213]', '[208,213]']);
    const [decided] = rows("SELECT body FROM fact WHERE kind = 'evaluation.decided' ORDER BY id");
    const [told] = rows("SELECT id FROM fact WHERE kind = 'evaluation.reasons'");
    expect(JSON.parse(decided!.body as string)).toMatchObject({ assessNumber: 1, reasons: told!.id });
    exclude(2);
    expect([counting('p'), counting('q')]).toEqual([undefined, undefined]);
  });

  it('that arrive before their press are with it from the beginning', () => {
    apply([...putCase('p'), invite(handle('a'), [['p', 1]])]);
    const first = press(handle('a'), completedAtMs + 1, 2);
    apply([reasons(handle('a'), [208]), first]);
    expect(upstream()).toEqual([null, '[208]']);
  });
});

describe('a default that waits to be sent', () => {
  const release = (nowMs: number, emptyAtMs: Record<string, number>) =>
    run('release-defaults', { nowMs, heldLimitMs: 3 * DAY_MS, emptyAtMs, afterId: 0, limit: 9 }).released;

  it('goes once the evaluator of its window reported an empty journal after the end of the term', () => {
    apply([...putCase('p'), complete('p'), sweep()]);
    expect(release(termEndsMs + 1, {})).toBe(0);
    expect(release(termEndsMs + 1, { w: termEndsMs - 1, other: termEndsMs + 1 })).toBe(0);
    expect(release(termEndsMs + 1, { w: termEndsMs })).toBe(1);
    expect(outbox()).toEqual(['default']);
    const reader = openReader(folder);
    expect(reader.outboxRow(2).content).toEqual({ kind: 'default', level: 3, termEndsMs });
    reader.close();
  });

  it('goes after three days whatever the evaluators say', () => {
    apply([...putCase('p'), complete('p'), sweep()]);
    expect(release(termEndsMs + 3 * DAY_MS - 1, {})).toBe(0);
    expect(release(termEndsMs + 3 * DAY_MS, {})).toBe(1);
  });

  it('is looked at in pages', () => {
    apply(['p', 'q', 'r'].flatMap((projectNo) => [...putCase(projectNo), complete(projectNo)]));
    apply([sweep()]);
    const page = (afterId: number) =>
      run('release-defaults', { nowMs: termEndsMs, heldLimitMs: DAY_MS, emptyAtMs: {}, afterId, limit: 2 });
    const { lastId } = page(0);
    expect([page(0).released, typeof lastId, page(lastId!).lastId]).toEqual([0, 'number', undefined]);
  });
});

describe('a change of rules or calendar', () => {
  it('moves the terms that still run and never one that has ended', () => {
    apply([...putCase('p'), complete('p')]);
    run('begin-rules', { atMs: completedAtMs });
    run('finish-rules', {});
    expect(run('begin-rules', { atMs: completedAtMs })).toEqual({ changed: false });
    store.close();
    open({ ...REGULATION_RULES, calendarOverrides: [{ date: '2026-03-05', working: false }] });
    expect(run('begin-rules', { atMs: completedAtMs })).toEqual({ changed: true });
    const move = (nowMs: number) => run('move-terms', { projectNos: ['p'], nowMs }).moved;
    expect(move(termEndsMs)).toBe(0);
    expect(standing('p').termEndsMs).toBe(termEndsMs);
    expect(move(termEndsMs - 1)).toBe(1);
    expect(standing('p').termEndsMs).toBe(shanghai('2026-03-11 00:00:00'));
    apply([sweep()]);
    expect(counting('p')).toBeUndefined();
    apply([sweep(shanghai('2026-03-11 00:00:00'))]);
    expect(counting('p')).toBe('default 3');
    expect(run('begin-rules', { atMs: 1 })).toEqual({ changed: true });
  });

  it('never moves a running term to before now: a press made until then stays in time', () => {
    apply([...putCase('p'), invite('aa'.repeat(8), [['p', 1]]), complete('p')]);
    const nowMs = termEndsMs - HOUR_MS;
    apply([press('aa'.repeat(8), nowMs - 1)]);
    store.close();
    open({ ...REGULATION_RULES, term: { ...REGULATION_RULES.term, days: 1 } });
    expect(run('move-terms', { projectNos: ['p'], nowMs })).toEqual({ moved: 1 });
    expect(standing('p').termEndsMs).toBe(nowMs);
    expect(counting('p')).toBe('press 5');
    expect(run('move-terms', { projectNos: ['p'], nowMs: nowMs + 1 })).toEqual({ moved: 0 });
  });
});

describe('the tables', () => {
  type Step = (names: { p: string; q: string; of: (name: string) => string }) => Job;
  const time = fc.constantFrom(-DAY_MS, 1, DAY_MS, termEndsMs - completedAtMs, 30 * DAY_MS);
  const step = fc.oneof(
    fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), time, fc.integer({ min: 1, max: 5 })).map(
      ([name, sinceMs, level]): Step =>
        ({ of }) =>
          press(of(name), completedAtMs + sinceMs, level),
    ),
    fc.tuple(fc.constantFrom('p' as const, 'q' as const), fc.constantFrom(1, 2)).map(
      ([name, assessNumber]): Step =>
        (names) =>
          complete(names[name], assessNumber),
    ),
    fc.constantFrom('p' as const, 'q' as const).map(
      (name): Step =>
        (names) =>
          withdraw(names[name]),
    ),
    fc.constantFrom('a', 'b', 'c').map(
      (name): Step =>
        ({ of }) =>
          job('cancel-invitation', { invitation: of(name), atMs: completedAtMs }),
    ),
    fc.constantFrom('p' as const, 'q' as const).map(
      (name): Step =>
        ({ of, ...names }) =>
          invite(of('d'), [[names[name], 1]]),
    ),
    fc.constant<Step>(() => sweep(termEndsMs + 40 * DAY_MS)),
  );

  it('say of every service what its facts say, after any course of events', { timeout: 120_000 }, () => {
    let round = 0;
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 10 }),
        fc.option(fc.nat(9)),
        fc.array(step, { maxLength: 4 }),
        (before, excluded, after) => {
          round += 1;
          const [{ lastFact }] = rows('SELECT max(id) AS lastFact FROM fact') as [{ lastFact: number }];
          const [p, q] = [`p${round}`, `q${round}`];
          const of = (name: string) => `${name}${round.toString(16).padStart(15, '0')}`;
          const names = { p, q, of };
          apply([
            ...putCase(p, 2),
            ...putCase(q, 2),
            invite(of('a'), [
              [p, 1],
              [q, 1],
            ]),
            invite(of('b'), [[p, 2]]),
            invite(of('c'), [
              [q, 1],
              [q, 2],
            ]),
            ...before.map((make) => make(names)),
          ]);
          const made = rows('SELECT id FROM press WHERE id > ? ORDER BY id', lastFact) as {
            id: number;
          }[];
          const chosen = excluded === null ? undefined : made[excluded];
          if (chosen) run('exclude-evaluation', { evaluation: chosen.id, by: 'A1', reason: '误按', atMs: 1 });
          apply([...after.map((make) => make(names)), sweep(termEndsMs + 40 * DAY_MS)]);

          const database = openForReading(folder);
          const facts = ruleFactsOf(database, { afterId: lastFact }).filter(
            (fact) =>
              ('projectNo' in fact && (fact.projectNo === p || fact.projectNo === q)) ||
              ('invitation' in fact && fact.invitation?.slice(1) === of('').slice(0)) ||
              fact.kind === 'evaluation.excluded',
          );
          for (const [projectNo, assessNumber] of [
            [p, 1],
            [p, 2],
            [q, 1],
            [q, 2],
          ] as const) {
            const { counts, defaultDueMs } = effectiveOf(serviceStateOf(facts, { projectNo, assessNumber }));
            const row = database
              .prepare(
                'SELECT effective_press AS press, effective_default AS defaulted, due_ms AS dueMs FROM service WHERE project_no = ? AND assess_number = ?',
              )
              .get(projectNo, assessNumber);
            expect(row).toEqual({
              press: counts?.origin === 'press' ? counts.id : null,
              defaulted: Number(counts?.origin === 'default'),
              dueMs: defaultDueMs ?? null,
            });
            // The newest row of a service says what counts, whatever came before it.
            const newest = database
              .prepare(
                `SELECT press, default_fact IS NOT NULL AS defaulted FROM outbox
                 WHERE id = (SELECT evaluation_outbox FROM service WHERE project_no = ? AND assess_number = ?)`,
              )
              .get(projectNo, assessNumber) as object | undefined;
            expect(newest ?? { press: null, defaulted: 0 }).toEqual({
              press: counts?.origin === 'press' ? counts.id : null,
              defaulted: Number(counts?.origin === 'default'),
            });
          }
          database.close();
        },
      ),
      { numRuns: 200 },
    );
  });
});
