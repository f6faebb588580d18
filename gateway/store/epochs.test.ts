import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET, type Level, NO_HANDLE } from '../../protocol/constants.ts';
import { applierTo } from '../testing/applier.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import { DATABASE_FILE, openForReading } from './open-database.ts';
import { openReader } from './reader.ts';
import { openStore, type Store } from './store.ts';

const chainKey = Buffer.alloc(32, 1);
const NOW_MS = Date.parse('2026-03-02T10:00:00+08:00');
const HELD_MS = 3 * 86_400_000;
const TERM_ENDS_MS = Date.parse('2026-03-10T00:00:00+08:00');

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'epochs-'));
  store = openStore({ dataFolder: folder, chainKey });
  for (const [id, digits] of [
    ['a', '01'],
    ['b', '02'],
  ] as const) {
    const device = { id, hall: 'h', window: id, handle: digits.repeat(8), gen: 1, atMs: 1 };
    run('register-device', { ...device, sealedKey: Buffer.alloc(60) });
    run('accept-connect', { device: id, boot: 1, conn: 1, atMs: 1 });
  }
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const run = applierTo(() => store);
const rows = (sql: string) => {
  const database = openForReading(folder);
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
};
/** As the file was when it was copied: everything after it is lost. */
const copyAway = () => {
  store.close();
  copyFileSync(join(folder, DATABASE_FILE), join(folder, 'copy'));
  store = openStore({ dataFolder: folder, chainKey });
};
const copyBack = () => {
  store.close();
  copyFileSync(join(folder, 'copy'), join(folder, DATABASE_FILE));
  store = openStore({ dataFolder: folder, chainKey });
};
const hello = (device: string, journal: { acked: number; next: number; oldest?: number }) =>
  run('note-hello', { device, boot: 1, uptime: 1, oldest: 1, missing: [], atMs: NOW_MS, ...journal });
const press = (device: string, seq: number, invitation = NO_HANDLE, level: Level = 5) =>
  run('store-evaluation', {
    device,
    record: unverifiedPress({ seq, wall: NOW_MS + seq, invitation, level, flags: FLAG_CLOCK_SET }),
    receivedMs: NOW_MS + 1000,
  });
const putCompleted = (projectNo: string, window: string, invitation: string) => {
  const matter = { taskCode: '1', taskName: '居住证签注', projectName: undefined };
  const body = { ...matter, areaCode: undefined, deptCode: undefined, acceptedAtMs: undefined };
  const key = { projectNo, assessNumber: 1 };
  const staff = { badgeId: '1', name: '张三' };
  run('put-case', { projectNo, body, atMs: NOW_MS });
  run('put-service', { ...key, serviceName: '受理', servedAtMs: NOW_MS, staff, window, atMs: NOW_MS });
  run('create-invitation', { invitation, window, services: [key], termSeconds: 600, atMs: NOW_MS });
  run('complete-case', { projectNo, completedAtMs: NOW_MS, atMs: NOW_MS });
};
/** Both evaluators are back and send what the older copy lacks. */
const sendAgain = () => {
  hello('a', { acked: 3, next: 5 });
  for (const seq of [2, 3, 4]) press('a', seq, A);
  hello('b', { acked: 2, next: 3 });
  press('b', 2, B);
};
const A = 'aa'.repeat(8);
const B = 'bb'.repeat(8);
const sweep = () => run('settle-due', { nowMs: TERM_ENDS_MS, limit: 10 });
const waitingUpstream = () => {
  const reader = openReader(folder);
  try {
    const connectorNo = run('set-connectors', { connectors: [{ id: 'one', kind: 'http' }] }).numbers.one!;
    const beyond = reader.outboxBeyond({ connectorNo, limit: 100 });
    if (beyond.length > 0) run('take-outbox', { connectorNo, upTo: beyond.at(-1)!.id, atMs: NOW_MS });
    const free = reader
      .deliveriesIn({ connectorNo, state: 'waiting', limit: 100 })
      .filter(({ id }) => !reader.deliveryOf({ connectorNo, outbox: id })!.awaited);
    return [...new Set(free.map(({ projectNo }) => projectNo))];
  } finally {
    reader.close();
  }
};
/** Of what waits for upstream: whether "already there" would be our own. */
const certain = () => {
  const reader = openReader(folder);
  try {
    const connectorNo = run('set-connectors', { connectors: [{ id: 'one', kind: 'http' }] }).numbers.one!;
    run('take-outbox', { connectorNo, upTo: reader.newestOutboxId(), atMs: NOW_MS });
    return reader
      .deliveriesIn({ connectorNo, state: 'waiting', limit: 100 })
      .map(({ id, projectNo, kind }) => {
        const { change, mayBeAnother } = reader.deliveryOf({ connectorNo, outbox: id })!;
        return [projectNo, kind, change.mayBeThere && !mayBeAnother];
      });
  } finally {
    reader.close();
  }
};
const withEvaluations = (isCertain: boolean) => [
  ['p-a', 'service', true],
  ['p-b', 'service', true],
  ['p-a', 'evaluation', isCertain],
  ['p-b', 'evaluation', isCertain],
];
const effective = () =>
  rows('SELECT project_no AS no, effective_press AS press, default_fact AS def FROM service ORDER BY 1').map(
    ({ no, press: given, def }) => [no, given === null ? (def === null ? 'open' : 'default') : 'press'],
  );

describe('a database file that is an older copy', () => {
  beforeEach(() => {
    putCompleted('p-a', 'a', A);
    putCompleted('p-b', 'b', B);
    press('a', 1);
    press('b', 1);
    copyAway();
    for (const seq of [2, 3]) press('a', seq, A);
    press('b', 2, B);
    copyBack();
  });

  it('is told by an evaluator that was acknowledged more than it holds', () => {
    expect(run('begin-run', { atMs: NOW_MS, defaultsHeldMs: HELD_MS })).toEqual({ awaited: 2 });
    expect(hello('b', { acked: 1, next: 2 })).toMatchObject({ epoch: 1, epochBegun: false });
    const noted = hello('a', { acked: 3, next: 5 });
    expect(noted).toMatchObject({ upTo: 1, epochBegun: true, resendFrom: 2 });
    expect(noted.epoch).toBe(NOW_MS / 1000);
    expect(rows("SELECT body FROM fact WHERE kind = 'epoch.begun'")).toHaveLength(1);
    // Said once: a second hello, or another evaluator's, finds it known.
    expect(hello('a', { acked: 3, next: 5 })).toMatchObject({ epochBegun: false, resendFrom: 2 });
    expect(hello('b', { acked: 2, next: 3 })).toMatchObject({ epochBegun: false, resendFrom: 2 });
  });

  it('defaults and sends nothing of a window until its evaluator has sent again all it kept', () => {
    run('begin-run', { atMs: NOW_MS, defaultsHeldMs: HELD_MS });
    expect(sweep()).toMatchObject({ defaulted: 0 });
    expect(waitingUpstream()).toEqual([]);
    hello('a', { acked: 3, next: 5 });
    hello('b', { acked: 2, next: 3 });
    expect(sweep()).toMatchObject({ defaulted: 0, looked: 2 });
    for (const seq of [2, 3]) press('a', seq, A);
    expect(waitingUpstream()).toEqual([]);
    press('a', 4);
    expect(waitingUpstream()).toEqual(['p-a']);
    expect(sweep()).toMatchObject({ defaulted: 0 });
    press('b', 2, B);
    expect(waitingUpstream()).toEqual(['p-a', 'p-b']);
    expect(sweep()).toMatchObject({ defaulted: 0 });
    expect(effective()).toEqual([
      ['p-a', 'press'],
      ['p-b', 'press'],
    ]);
  });

  it('counts a record that the evaluator does not keep any more as a gap, and goes on', () => {
    const noted = hello('b', { acked: 2, next: 3, oldest: 3 });
    expect(noted).toMatchObject({ epochBegun: true, gaps: [[2, 2]], upTo: 2, resendFrom: undefined });
    sweep();
    expect(effective()).toEqual([
      ['p-a', 'open'],
      ['p-b', 'default'],
    ]);
  });

  it('lets "already there" count as our own for all that the lost database may have sent', () => {
    hello('a', { acked: 3, next: 5 });
    for (const seq of [2, 3, 4]) press('a', seq, A);
    // The acknowledgement of its second was lost; its third was made since.
    hello('b', { acked: 1, next: 3 });
    press('b', 2);
    press('b', 3, B);
    const sent = rows(
      'SELECT project_no AS no, kind, may_be_there AS mayBeThere FROM outbox ORDER BY id',
    ).map(({ no, kind, mayBeThere }) => [no, kind, mayBeThere === 1]);
    expect(sent).toEqual([
      ['p-a', 'service', true],
      ['p-b', 'service', true],
      ['p-a', 'evaluation', true],
      ['p-b', 'evaluation', false],
    ]);
  });

  it('lets nothing count as our own where the lost database may have sent another evaluation', () => {
    // Known of before any term had ended, what is there can be nothing but this press.
    sendAgain();
    expect(certain()).toEqual(withEvaluations(true));
    // One of the case of window a was pressed at b as well: which one the lost database sent first, nobody knows.
    press('b', 3, A, 1);
    expect(certain()).toContainEqual(['p-a', 'evaluation', false]);
    // A default waits for what an evaluator has not reported yet, but not for ever.
    for (const [afterMs, isCertain] of [
      [HELD_MS - 1, true],
      [HELD_MS, false],
    ] as const) {
      copyBack();
      run('begin-run', { atMs: NOW_MS, defaultsHeldMs: HELD_MS });
      run('begin-epoch', { cause: { kind: 'restore' }, atMs: TERM_ENDS_MS + afterMs });
      sendAgain();
      expect(certain()).toEqual(withEvaluations(isCertain));
    }
  });

  it('lets nothing count as our own where the copy held back a default', () => {
    run('end-start-wait', {});
    expect(sweep()).toMatchObject({ defaulted: 2 });
    copyAway();
    copyBack();
    hello('a', { acked: 3, next: 5 });
    for (const seq of [2, 3, 4]) press('a', seq, A);
    expect(certain()).toContainEqual(['p-a', 'evaluation', false]);
  });

  it('lists the default that the lost database may have sent of a case that is withdrawn since', () => {
    const withdraw = () => run('withdraw-case', { projectNo: 'p-a', atMs: TERM_ENDS_MS + 1 });
    const decided = () =>
      rows("SELECT kind FROM fact WHERE subject = 'p-a' AND kind LIKE 'evaluation.%' ORDER BY id").map(
        ({ kind }) => kind,
      );
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: TERM_ENDS_MS });
    withdraw();
    expect(decided()).toEqual(['evaluation.defaulted', 'evaluation.decided']);
    expect(effective()).toContainEqual(['p-a', 'default']);
    expect(rows("SELECT effective_default AS counts FROM service WHERE project_no = 'p-a'")).toEqual([
      { counts: 0 },
    ]);
    const reader = openReader(folder);
    const connectorNo = run('set-connectors', { connectors: [{ id: 'one', kind: 'http' }] }).numbers.one!;
    run('take-outbox', { connectorNo, upTo: reader.newestOutboxId(), atMs: NOW_MS });
    const { change, earlier } = reader.deliveryOf({ connectorNo, outbox: reader.newestOutboxId() })!;
    reader.close();
    expect([change, ...earlier].map(({ mayBeThere }) => mayBeThere)).toEqual([false, true]);

    // Nobody can have decided what ended later.
    copyBack();
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: TERM_ENDS_MS - 1 });
    withdraw();
    expect(decided()).toEqual([]);
  });

  it('is recognised again when it is copied back once more', () => {
    hello('a', { acked: 3, next: 4 });
    hello('b', { acked: 2, next: 3 });
    for (const seq of [2, 3]) press('a', seq, A);
    press('b', 2, B);
    copyAway();
    press('b', 3);
    copyBack();
    expect(hello('b', { acked: 3, next: 4 })).toMatchObject({ epochBegun: true, resendFrom: 3 });
  });
});

describe('an evaluator that does not come back', () => {
  it('is waited for at a start until the wait is over', () => {
    putCompleted('p-a', 'a', A);
    press('a', 1);
    expect(run('begin-run', { atMs: NOW_MS, defaultsHeldMs: HELD_MS })).toEqual({ awaited: 2 });
    expect([sweep().defaulted, waitingUpstream()]).toEqual([0, []]);
    expect(run('end-start-wait', {})).toEqual({ silent: 2 });
    expect([waitingUpstream(), sweep().defaulted]).toEqual([['p-a'], 1]);
  });

  it('is waited for after a restore until a person gives it up, and is asked all the same if it comes', () => {
    putCompleted('p-a', 'a', A);
    press('a', 1);
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: NOW_MS });
    run('begin-run', { atMs: NOW_MS, defaultsHeldMs: HELD_MS });
    run('end-start-wait', {});
    expect(sweep().defaulted).toBe(0);
    const abandon = { id: 'a', by: 'A1023', reason: '设备已毁', atMs: NOW_MS };
    expect(run('abandon-device', abandon)).toEqual({ ok: true, change: 'updated' });
    expect(run('abandon-device', abandon)).toEqual({ ok: true, change: 'unchanged' });
    expect(sweep().defaulted).toBe(1);
    expect(rows("SELECT body FROM fact WHERE kind = 'device.abandoned'")).toEqual([
      { body: expect.stringContaining('设备已毁') },
    ]);
    expect(hello('a', { acked: 2, next: 3 })).toMatchObject({ epochBegun: false, resendFrom: 2 });
    press('a', 2, A);
    expect(effective()).toEqual([['p-a', 'press']]);
    expect(rows('SELECT state FROM catch_up WHERE device_no = 1')).toEqual([{ state: 'caught-up' }]);
  });

  it('holds nothing up once it is revoked', () => {
    putCompleted('p-a', 'a', A);
    press('a', 1);
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: NOW_MS });
    run('revoke-device', { id: 'a', atMs: NOW_MS });
    expect(sweep().defaulted).toBe(1);
  });

  it('holds up its own window only, and nothing that came after the restore', () => {
    putCompleted('p-a', 'a', A);
    putCompleted('p-b', 'b', B);
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: NOW_MS - 3_600_000 });
    expect([waitingUpstream(), sweep().defaulted]).toEqual([['p-a', 'p-b'], 2]);
    run('begin-epoch', { cause: { kind: 'restore' }, atMs: NOW_MS });
    hello('b', { acked: 0, next: 1 });
    expect(waitingUpstream()).toEqual(['p-b']);
  });
});
