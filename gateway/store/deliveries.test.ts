import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { applierTo } from '../testing/applier.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import type { DeliveryResult } from './commands/commands.ts';
import { openReader, type Reader } from './reader.ts';
import { openStore, type Store } from './store.ts';

const INVITATION = 'aa'.repeat(8);
let folder: string;
let store: Store;
let reader: Reader;
let seq: number;

const run = applierTo(() => store);
/** The evaluator's next one, unless it says which: one made earlier may arrive later. */
const press = (fields: { level: number; wall: number; seq?: number }) => {
  seq += 1;
  const record = unverifiedPress({ seq, ...fields, invitation: INVITATION, flags: FLAG_CLOCK_SET });
  run('store-evaluation', { device: 'a', record, receivedMs: 2_000_000 });
};
const connect = (...ids: string[]) =>
  run('set-connectors', { connectors: ids.map((id) => ({ id, kind: 'http' })) }).numbers;
const take = (connectorNo: number) => {
  const upTo = reader.outboxBeyond({ connectorNo, limit: 100 }).at(-1)?.id;
  if (upTo !== undefined) run('take-outbox', { connectorNo, upTo, atMs: 1 });
};
const settle = (connectorNo: number, outbox: number, result: DeliveryResult) => {
  run('begin-delivery', { connectorNo, outbox });
  run('settle-delivery', { connectorNo, outbox, result, atMs: 1 });
};
const delivered: DeliveryResult = { state: 'delivered' };
const upstreamOf = () => reader.evaluationOf(INVITATION)!.services[0]!.upstream;
const standing = (id: string) => reader.connectorStandings().find((one) => one.id === id)!;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deliveries-'));
  store = openStore({ dataFolder: folder, chainKey: Buffer.alloc(32, 1) });
  reader = openReader(folder);
  seq = 0;
  const sealedKey = Buffer.alloc(60);
  run('register-device', {
    id: 'a',
    hall: 'h',
    window: 'w',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey,
    atMs: 1,
  });
  const unknown = {
    projectName: undefined,
    areaCode: undefined,
    deptCode: undefined,
    acceptedAtMs: undefined,
  };
  run('put-case', { projectNo: 'p', body: { taskCode: '1', taskName: '居住证签注', ...unknown }, atMs: 1 });
  const key = { projectNo: 'p', assessNumber: 1 };
  const staff = { badgeId: '1', name: '张三' };
  run('put-service', { ...key, serviceName: '受理', servedAtMs: 1, staff, window: 'w', atMs: 10 });
  run('create-invitation', {
    invitation: INVITATION,
    window: 'w',
    services: [key],
    termSeconds: 600,
    atMs: 1,
  });
});
afterEach(() => {
  reader.close();
  store.close();
  rmSync(folder, { recursive: true });
});

describe('the backlogs of several ways upstream', () => {
  it('are counted apart, and the longest is the hall’s', () => {
    press({ level: 2, wall: 1_000_000 });
    expect(reader.backlog()).toEqual({ records: 2, oldestMs: 10 });
    const { one, two } = connect('one', 'two');
    take(one!);
    settle(one!, 1, delivered);
    expect(standing('one').backlog).toEqual({ records: 1, oldestMs: 2_000_000 });
    expect(standing('two').backlog).toEqual({ records: 2, oldestMs: 10 });
    expect(reader.backlog()).toEqual({ records: 2, oldestMs: 10 });
    take(two!);
    settle(two!, 1, { state: 'refused', code: '1005', reason: '格式' });
    expect(standing('two')).toMatchObject({ backlog: { records: 1 }, refused: 1, listed: 0 });
    expect([reader.stuckCount(), reader.stuckLatest(9)[0]]).toMatchObject([
      1,
      { connector: 'two', code: '1005' },
    ]);
  });

  it('are let go of with a connector that is no longer configured, and taken up with it again', () => {
    const { one } = connect('one');
    take(one!);
    connect('two');
    expect(reader.connectorStandings().map(({ id }) => id)).toEqual(['two']);
    expect(connect('one', 'two').one).toBe(one);
    expect(standing('one').backlog.records).toBe(1);
  });

  it('show an evaluation as delivered only once every one of them has it', () => {
    press({ level: 2, wall: 1_000_000 });
    expect(upstreamOf()).toBe('waiting');
    const { one, two } = connect('one', 'two');
    for (const no of [one!, two!]) take(no);
    settle(one!, 2, delivered);
    expect(upstreamOf()).toBe('waiting');
    settle(two!, 2, { state: 'refused', code: '1003', reason: '' });
    expect(upstreamOf()).toBe('refused');
    run('decide-delivery', {
      decision: 'retried',
      connector: 'two',
      outbox: [2],
      by: 'A1',
      reason: '',
      atMs: 1,
    });
    expect(upstreamOf()).toBe('waiting');
    settle(two!, 2, delivered);
    expect(upstreamOf()).toBe('delivered');
  });
});

describe('a correction that is listed for a person', () => {
  it('leaves the list when what counts has changed once more', () => {
    press({ level: 2, wall: 1_000_000, seq: 3 });
    const { one } = connect('one');
    take(one!);
    settle(one!, 2, delivered);
    press({ level: 4, wall: 900_000, seq: 2 });
    take(one!);
    expect(reader.deliveryOf({ connectorNo: one!, outbox: 3 })).toMatchObject({
      overtaken: false,
      earlier: [{ outbox: 2, standing: 'delivered' }],
    });
    settle(one!, 3, { state: 'listed', reason: 'upstream has 2', there: 2 });
    expect(standing('one').listed).toBe(1);
    press({ level: 5, wall: 800_000, seq: 1 });
    take(one!);
    settle(one!, 4, { state: 'listed', reason: 'upstream has 2', there: 2 });
    expect(reader.stuckLatest(9).map(({ outbox }) => outbox)).toEqual([4]);
    expect(
      reader.deliveryOf({ connectorNo: one!, outbox: 4 })!.earlier.map((change) => change.standing),
    ).toEqual(['omitted', 'delivered']);
  });
});
