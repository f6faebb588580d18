import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import type { Committed, ObservedWriter } from '../observed-writer.ts';
import { openReader, type Reader } from '../store/reader.ts';
import { openStore, type Store } from '../store/store.ts';
import { applierTo } from '../testing/applier.ts';
import { makeFakeClock } from '../testing/fake-clock.ts';
import { unverifiedPress } from '../testing/sample-record.ts';
import { makeStoredOutbox } from './stored-outbox.ts';

const NOW_MS = Date.parse('2026-03-02T10:00:00+08:00');
const INVITATION = 'aa'.repeat(8);
const RULES = {
  defaults: 'sent',
  corrections: 'update',
  withdrawals: 'list',
  serviceChanges: 'none',
} as const;

let folder: string;
let store: Store;
let reader: Reader;
let connectorNo: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stored-outbox-'));
  store = openStore({ dataFolder: folder, chainKey: Buffer.alloc(32, 1) });
  const device = { id: 'a', hall: 'h', window: 'a', handle: '01'.repeat(8), gen: 1, atMs: 1 };
  run('register-device', { ...device, sealedKey: Buffer.alloc(60) });
  run('accept-connect', { device: 'a', boot: 1, conn: 1, atMs: 1 });
  const key = { projectNo: 'p', assessNumber: 1 };
  const matter = { taskCode: '1', taskName: '居住证签注', projectName: undefined };
  const body = { ...matter, areaCode: undefined, deptCode: undefined, acceptedAtMs: undefined };
  const staff = { badgeId: '1', name: '张三' };
  run('put-case', { projectNo: 'p', body, atMs: NOW_MS });
  run('put-service', { ...key, serviceName: '受理', servedAtMs: NOW_MS, staff, window: 'a', atMs: NOW_MS });
  run('create-invitation', {
    invitation: INVITATION,
    window: 'a',
    services: [key],
    termSeconds: 600,
    atMs: NOW_MS,
  });
  connectorNo = run('set-connectors', { connectors: [{ id: 'one', kind: 'http' }] }).numbers.one!;
  reader = openReader(folder);
  run('take-outbox', { connectorNo, upTo: reader.newestOutboxId(), atMs: NOW_MS });
});
afterEach(() => {
  reader.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const run = applierTo(() => store);

/** The window's evaluator says that it has one record more than the database, so that nothing of it may leave. */
const awaitTheLast = () => {
  run('begin-run', { atMs: NOW_MS, defaultsHeldMs: 0 });
  const journal = { oldest: 1, acked: 1, next: 2, missing: [] };
  run('note-hello', { device: 'a', boot: 1, uptime: 1, ...journal, atMs: NOW_MS });
};
const sendTheLast = () => {
  const record = { seq: 1, wall: NOW_MS, invitation: INVITATION, level: 5, flags: FLAG_CLOCK_SET } as const;
  const input = { device: 'a', record: unverifiedPress(record), receivedMs: NOW_MS };
  return { name: 'store-evaluation', input, out: run('store-evaluation', input) } as Committed;
};

it.each([0, 1, 2, 3])(
  'tells of a row that waits for an evaluator once that has sent all, even if it commits before question %s',
  (at) => {
    let committed: Committed | undefined;
    let asked = 0;
    const busyReader = new Proxy(reader, {
      get(of, name) {
        const question = of[name as keyof Reader] as (...given: unknown[]) => unknown;
        return (...given: unknown[]) => {
          if (asked === at) committed = sendTheLast();
          asked += 1;
          return question(...given);
        };
      },
    });
    let listener: (committed: Committed) => void = () => undefined;
    const writer = {
      onCommitted(added: typeof listener) {
        listener = added;
        return () => undefined;
      },
    } as unknown as ObservedWriter;
    awaitTheLast();
    const outbox = makeStoredOutbox({
      connectorNo,
      reader: busyReader,
      writer,
      clock: makeFakeClock(NOW_MS),
    });
    const told: boolean[] = [];
    outbox.onAdded((again) => told.push(again));

    // As at two rows that wait for the same evaluator: what the second look finds must not undo the first.
    const looks = [outbox.nextStep(1, RULES), outbox.nextStep(1, RULES)];
    // The writer's thread commits before this one hears of it.
    committed ??= sendTheLast();
    listener(committed);
    expect(looks.every((step) => step?.do === 'send') || told.includes(true)).toBe(true);
    expect(outbox.nextStep(1, RULES)?.do).toBe('send');
  },
);
