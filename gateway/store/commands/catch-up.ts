// What evaluators owe a restored database. Kept in memory beside the tables, so that a record costs nothing while
// nobody owes anything; `forget` belongs to every rollback.
import { mark } from '../../marks.ts';
import type { CommandContext } from './commands.ts';

export interface Hearing {
  deviceNo: number;
  device: string;
  /** As told by hello: acknowledged once, by whatever database. */
  acked: number;
  next: number;
  upTo: number;
  atMs: number;
}

export interface CatchUp {
  epoch(): number;
  /** An evaluator was acknowledged more than this database holds, and nobody knows of it yet. */
  showsOlderCopy(hearing: Pick<Hearing, 'deviceNo' | 'acked' | 'upTo'>): boolean;
  /** Begins an epoch: every evaluator is waited for. */
  begin(cause: object, atMs: number): { epoch: number; awaited: number };
  /** After a hello and its gaps. */
  heard(hearing: Hearing): void;
  /** After something of a device was received. */
  received(deviceNo: number, upTo: number, atMs: number): void;
  abandon(deviceNo: number, fact: { device: string; by: string; reason: string; atMs: number }): boolean;
  /** Whether the database that was lost may have sent the evaluation of this press. */
  mayHaveSentPress(deviceNo: number, seq: number): boolean;
  /** The same for what is known since `atMs`: a service given, a term ended. */
  mayHaveSentSince(atMs: number): boolean;
  /** An epoch has begun: there was a database that was lost. Where none was, nothing needs to be looked up. */
  anyLost(): boolean;
  forget(): void;
}

interface Row {
  state: 'awaited' | 'caught-up' | 'abandoned';
  acked: number;
  until: number | null;
}

export type CatchUpParts = Pick<CommandContext, 'database' | 'facts' | 'meta'>;

export function makeCatchUp({ database, facts, meta }: CatchUpParts): CatchUp {
  const find = database.prepare('SELECT state, acked, until FROM catch_up WHERE device_no = ?');
  const clear = database.prepare('DELETE FROM catch_up');
  const endStartWaits = database.prepare('DELETE FROM start_wait');
  const endStartWait = database.prepare('DELETE FROM start_wait WHERE device_no = ?');
  const awaitAll = database.prepare(
    `INSERT INTO catch_up (device_no, state, since_ms) SELECT no, 'awaited', ? FROM device WHERE revoked_ms IS NULL`,
  );
  const told = database.prepare('UPDATE catch_up SET acked = ?, until = ? WHERE device_no = ?');
  const setState = database.prepare('UPDATE catch_up SET state = ? WHERE device_no = ?');
  const owing = database.prepare(
    `SELECT c.device_no AS deviceNo, c.until, d.id AS device FROM catch_up c JOIN device d ON d.no = c.device_no
     WHERE c.state = 'awaited' AND c.until IS NOT NULL`,
  );
  const doubtSent = database.prepare(
    `UPDATE outbox_row SET may_be_there = 1
     WHERE id > (SELECT coalesce(min(up_to), 0) FROM connector WHERE active = 1)
       OR id IN (SELECT outbox FROM delivery WHERE state IN ('held', 'waiting', 'again'))`,
  );

  interface Owed {
    deviceNo: number;
    device: string;
    until: number;
  }
  let owed: Map<number, Owed> | undefined;
  let epoch: number | undefined;
  let epochBegunMs: number | undefined;

  const rowOf = (deviceNo: number) => find.get(deviceNo) as Row | undefined;
  const owedNow = () => {
    owed ??= new Map((owing.all() as Owed[]).map((row) => [row.deviceNo, row]));
    return owed;
  };

  const self: CatchUp = {
    epoch: () => {
      epoch ??= Number(meta.get('epoch') ?? 1);
      return epoch;
    },
    showsOlderCopy({ deviceNo, acked, upTo }) {
      if (acked <= upTo) return false;
      const row = rowOf(deviceNo);
      return row === undefined || row.state === 'caught-up';
    },
    begin(cause, atMs) {
      // Seconds, so that it also grows past epochs that were lost with their database.
      const next = Math.max(self.epoch() + 1, Math.floor(atMs / 1000));
      facts.append({ atMs, kind: 'epoch.begun', subject: 'hall', body: { epoch: next, cause } });
      meta.set('epoch', String(next));
      meta.set('epoch-begun', String(atMs));
      clear.run();
      endStartWaits.run();
      const awaited = awaitAll.run(atMs).changes;
      doubtSent.run();
      self.forget();
      return { epoch: next, awaited };
    },
    heard({ deviceNo, device, acked, next, upTo, atMs }) {
      endStartWait.run(deviceNo);
      const row = rowOf(deviceNo);
      if (row === undefined || row.state === 'caught-up') return;
      const until = row.until ?? next - 1;
      told.run(Math.max(row.acked, acked), until, deviceNo);
      // One that was given up and came back stays given up until it has sent everything.
      owedNow().set(deviceNo, { deviceNo, device, until });
      self.received(deviceNo, upTo, atMs);
    },
    received(deviceNo, upTo, atMs) {
      const { until, device } = owedNow().get(deviceNo) ?? {};
      if (until === undefined || upTo < until) return;
      owedNow().delete(deviceNo);
      setState.run('caught-up', deviceNo);
      mark('hello.caught-up');
      facts.append({
        atMs,
        kind: 'device.caught-up',
        subject: device!,
        body: { epoch: self.epoch(), upTo: until },
      });
    },
    abandon(deviceNo, { device, by, reason, atMs }) {
      endStartWait.run(deviceNo);
      const row = rowOf(deviceNo);
      if (row?.state !== 'awaited') return false;
      setState.run('abandoned', deviceNo);
      const body = { epoch: self.epoch(), by, reason, until: row.until };
      facts.append({ atMs, kind: 'device.abandoned', subject: device, body });
      return true;
    },
    mayHaveSentPress(deviceNo, seq) {
      const { acked, until } = rowOf(deviceNo) ?? { acked: 0, until: 0 };
      // What lay in the journal by then may have been received though its acknowledgement was lost on the way.
      return seq <= Math.max(acked, until ?? 0);
    },
    mayHaveSentSince(atMs) {
      epochBegunMs ??= Number(meta.get('epoch-begun') ?? Number.NEGATIVE_INFINITY);
      return atMs <= epochBegunMs;
    },
    anyLost: () => self.mayHaveSentSince(0),
    forget() {
      owed = undefined;
      epoch = undefined;
      epochBegunMs = undefined;
    },
  };
  return self;
}
