import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import type { Evaluation } from '../../protocol/messages.ts';
import { applierTo } from '../testing/applier.ts';
import { SAMPLE_PRESS } from '../testing/sample-record.ts';
import { firstBrokenFact } from './chain.ts';
import { DATABASE_FILE, openForWriting } from './open-database.ts';
import { openReader } from './reader.ts';
import { openStore, type Store } from './store.ts';

const chainKey = Buffer.alloc(32, 1);
const matter = {
  taskCode: '1',
  taskName: '居住证签注',
  projectName: undefined,
  areaCode: undefined,
  deptCode: undefined,
  acceptedAtMs: undefined,
};
let folder: string;
let store: Store;

const run = applierTo(() => store);
const record = (fields: Partial<Evaluation>): Evaluation => ({
  ...SAMPLE_PRESS,
  wall: 1_000_000,
  flags: FLAG_CLOCK_SET,
  sig: 'ab'.repeat(32),
  ...fields,
});
const press = (fields: Partial<Evaluation>, receivedMs = 2_000_000) =>
  run('store-evaluation', { device: 'a', record: record(fields), receivedMs });
const invite = (invitation: string, projectNos: string[]) => {
  for (const projectNo of projectNos) {
    run('put-case', { projectNo, body: matter, atMs: 1 });
    run('put-service', {
      projectNo,
      assessNumber: 1,
      serviceName: '受理',
      servedAtMs: 1,
      staff: { badgeId: '1', name: '张三' },
      window: 'w',
      atMs: 1,
    });
  }
  return run('create-invitation', {
    invitation,
    window: 'w',
    services: projectNos.map((projectNo) => ({ projectNo, assessNumber: 1 })),
    termSeconds: 600,
    atMs: 1,
  });
};
const rows = (sql: string) => {
  const database = new Database(join(folder, DATABASE_FILE), { readonly: true });
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  store = openStore({ dataFolder: folder, chainKey });
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

describe('the store', () => {
  it('syncs every commit to disk', () => {
    const database = openForWriting(folder);
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  });

  it('keeps a record once, however often it is sent', () => {
    expect(press({ seq: 1 })).toEqual({ state: 'stored', upTo: 1 });
    expect(press({ seq: 1 })).toEqual({ state: 'known', upTo: 1 });
    store.close();
    store = openStore({ dataFolder: folder, chainKey });
    expect(press({ seq: 1 })).toEqual({ state: 'known', upTo: 1 });
    expect(rows('SELECT * FROM press')).toHaveLength(1);
  });

  it('puts a different record with a known sequence into quarantine, once', () => {
    press({ seq: 1, level: 5 });
    for (let round = 0; round < 2; round += 1) {
      expect(press({ seq: 1, level: 1, sig: 'cd'.repeat(32) })).toEqual({ state: 'quarantined', upTo: 1 });
    }
    expect(rows('SELECT level FROM press')).toEqual([{ level: 5 }]);
    expect(rows('SELECT code FROM quarantine')).toEqual([{ code: 'evaluation.different' }]);
  });

  it('acknowledges only what is whole up to there', () => {
    expect(press({ seq: 2, sig: '02'.repeat(32) }).upTo).toBe(0);
    expect(press({ seq: 3, sig: '03'.repeat(32) }).upTo).toBe(0);
    expect(press({ seq: 1, sig: '01'.repeat(32) }).upTo).toBe(3);
  });

  it('lists what a device has lost, and goes past it', () => {
    press({ seq: 1 });
    const noted = run('note-hello', {
      device: 'a',
      boot: 2,
      uptime: 1,
      oldest: 5,
      next: 9,
      missing: [[6, 7]],
      acked: 0,
      atMs: 9,
    });
    expect(noted).toMatchObject({
      upTo: 4,
      gaps: [
        [2, 4],
        [6, 7],
      ],
    });
    expect(press({ seq: 5 }).upTo).toBe(7);
    expect(rows('SELECT first, last FROM gap')).toEqual([
      { first: 2, last: 4 },
      { first: 6, last: 7 },
    ]);
    expect(
      run('note-hello', {
        device: 'a',
        boot: 3,
        uptime: 1,
        oldest: 5,
        next: 9,
        missing: [[6, 7]],
        acked: 0,
        atMs: 9,
      }).gaps,
    ).toEqual([]);
  });

  it('takes a rightly signed record where only a wrongly signed one was quarantined', () => {
    expect(
      run('quarantine', { device: 'a', seq: 1, code: 'evaluation.signature', payload: '{}', atMs: 1 }),
    ).toEqual({ kept: true, upTo: 1 });
    expect(press({ seq: 1 })).toEqual({ state: 'stored', upTo: 1 });
  });

  it('evaluates every case of a batch with one press, and forwards each after its service', () => {
    invite('aa'.repeat(8), ['p1', 'p2', 'p3']);
    press({ invitation: 'aa'.repeat(8), level: 2 });
    expect(
      rows('SELECT project_no, kind FROM outbox ORDER BY id').filter((row) => row.kind === 'evaluation'),
    ).toHaveLength(3);
    const reader = openReader(folder);
    const connectorNo = run('set-connectors', { connectors: [{ id: 'one', kind: 'http' }] }).numbers.one!;
    const rowsBeyond = reader.outboxBeyond({ connectorNo, limit: 10 });
    expect(rowsBeyond.map(({ projectNo, kind }) => `${projectNo} ${kind}`)).toEqual(
      ['service', 'evaluation'].flatMap((kind) => ['p1', 'p2', 'p3'].map((name) => `${name} ${kind}`)),
    );
    expect(reader.evaluationsAfter({ after: 0, limit: 9 })[0]).toMatchObject({
      level: 2,
      state: 'effective',
      services: [{ projectNo: 'p1' }, { projectNo: 'p2' }, { projectNo: 'p3' }],
    });
    reader.close();
  });

  it('counts the first press made, in whatever order presses arrive', () => {
    invite('aa'.repeat(8), ['p1']);
    press({ seq: 2, invitation: 'aa'.repeat(8), level: 1, wall: 900_000, sig: '02'.repeat(32) });
    press({ seq: 1, invitation: 'aa'.repeat(8), level: 5, wall: 800_000, sig: '01'.repeat(32) });
    expect(rows('SELECT seq, state FROM press ORDER BY seq')).toEqual([
      { seq: 1, state: 'effective' },
      { seq: 2, state: 'duplicate' },
    ]);
    const said = rows("SELECT press, previous FROM outbox WHERE kind = 'evaluation' ORDER BY id");
    expect(said).toEqual([
      { press: expect.any(Number), previous: null },
      { press: expect.any(Number), previous: 2 },
    ]);
  });

  it('dates a press without a clock by its boot, and never later than its arrival', () => {
    run('note-hello', {
      device: 'a',
      boot: 4,
      uptime: 10_000,
      oldest: 1,
      next: 1,
      missing: [],
      acked: 0,
      atMs: 110_000,
    });
    press({ seq: 1, boot: 4, uptime: 5000, flags: 0, wall: 0 });
    press({ seq: 2, boot: 3, uptime: 5000, flags: 0, wall: 0 });
    press({ seq: 3, wall: 9_000_000 });
    // Neither the second nor the third, whose clock is in the future, is dated: not before the first, until they came.
    expect(rows('SELECT pressed_ms, until_ms, doubt FROM press ORDER BY seq')).toEqual([
      { pressed_ms: 105_000, until_ms: null, doubt: null },
      { pressed_ms: 105_000, until_ms: 2_000_000, doubt: null },
      { pressed_ms: 105_000, until_ms: 2_000_000, doubt: 'future' },
    ]);
  });

  it('accepts only greater boot and connection numbers, and remembers them', () => {
    const connect = (boot: number, conn: number) =>
      run('accept-connect', { device: 'a', boot, conn, atMs: 1 }).ok;
    expect([connect(2, 1), connect(2, 1), connect(2, 2), connect(1, 9), connect(3, 1)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    store.close();
    store = openStore({ dataFolder: folder, chainKey });
    expect([connect(3, 1), connect(3, 2)]).toEqual([false, true]);
  });

  it('keeps a batch whole when one command in it is impossible', () => {
    const good = {
      name: 'store-evaluation' as const,
      input: { device: 'a', record: record({}), receivedMs: 1 },
    };
    const bad = {
      name: 'store-evaluation' as const,
      input: { device: 'nobody', record: record({}), receivedMs: 1 },
    };
    expect(store.apply([good, bad, good]).map((result) => result.ok)).toEqual([true, false, true]);
    expect(rows('SELECT * FROM press')).toHaveLength(1);
  });

  it('commits what came before the commit too, and answers all of it where a command beside it is impossible', () => {
    const give = (device: string, seq: number) => ({
      name: 'store-evaluation' as const,
      input: { device, record: record({ seq }), receivedMs: 1 },
    });
    let asked = 0;
    const later = () => {
      asked += 1;
      return [give('a', 2), give('nobody', 1), give('a', 3)];
    };
    const results = store.apply([give('nobody', 1), give('a', 1)], later);
    // The first attempt failed before it was its turn to ask.
    expect(results.map((result) => result.ok)).toEqual([false, true]);
    expect(asked).toBe(0);
    const further = store.apply([give('a', 4)], later);
    expect(further.map((result) => result.ok)).toEqual([true, true, false, true]);
    expect(asked).toBe(1);
    expect(rows('SELECT seq FROM press ORDER BY seq')).toHaveLength(4);
  });

  it('shows a changed, a removed and an inserted fact', () => {
    invite('aa'.repeat(8), ['p1']);
    press({ invitation: 'aa'.repeat(8) });
    const database = openForWriting(folder);
    expect(firstBrokenFact(database, chainKey)).toBeUndefined();
    expect(firstBrokenFact(database, Buffer.alloc(32, 2))).toBe(1);
    const [{ id }] = database.prepare("SELECT id FROM fact WHERE kind = 'evaluation.pressed'").all() as [
      { id: number },
    ];
    for (const damage of [
      `UPDATE fact SET body = replace(body, '"level":5', '"level":1') WHERE id = ${id}`,
      `DELETE FROM fact WHERE id = ${id - 1}`,
      `INSERT INTO fact SELECT 999, at_ms, kind, subject, body, chain FROM fact WHERE id = ${id}`,
    ]) {
      database.pragma('foreign_keys = OFF');
      database.exec(`BEGIN; ${damage}`);
      expect(firstBrokenFact(database, chainKey), damage).toBeDefined();
      database.exec('ROLLBACK');
    }
    database.close();
  });

  it('refuses a database of a newer version and a folder it may not use', () => {
    store.close();
    const database = new Database(join(folder, DATABASE_FILE));
    database.pragma('user_version = 99');
    database.close();
    expect(() => openStore({ dataFolder: folder, chainKey })).toThrow(/newer version/);
    expect(() => openStore({ dataFolder: join(folder, DATABASE_FILE, 'below-a-file'), chainKey })).toThrow(
      /data folder/,
    );
  });

  it('answers a repeated invitation as the first time, and replaces the open one of the window', () => {
    expect(invite('aa'.repeat(8), ['p1'])).toEqual({ ok: true, replaced: undefined });
    expect(invite('aa'.repeat(8), ['p1'])).toEqual({ ok: true, replaced: undefined });
    expect(invite('bb'.repeat(8), ['p2'])).toEqual({ ok: true, replaced: 'aa'.repeat(8) });
    press({ invitation: 'bb'.repeat(8) });
    expect(invite('cc'.repeat(8), ['p2'])).toEqual({ ok: false, code: 'service.evaluated', index: 0 });
    expect(run('cancel-invitation', { invitation: 'bb'.repeat(8), atMs: 1 })).toEqual({
      ok: false,
      code: 'invitation.evaluated',
    });
  });
});
