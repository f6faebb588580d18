// The table of records. Finds one by (device, sequence) without an index over all of them: a row for each 16 sequences
// says where in the append-only table their records begin. Asked only about sequences that were received. New rows
// wait, with their facts, until they are written together or somebody asks here.
import type Database from 'better-sqlite3';
import { RECORD_PRESS } from '../../../protocol/constants.ts';
import type { DatedRecord } from '../../core/press-time.ts';
import type { FactLog } from '../chain.ts';
import { readSigned, signatureOf } from '../record-body.ts';
import { makeRowWriter } from '../row-writer.ts';

const BLOCK_RECORDS = 16;

export interface StoredPress {
  id: number;
  kind: number;
  signature: Buffer;
}

export interface StoredPresses {
  find(deviceNo: number, seq: number): StoredPress | undefined;
  /** The first or last record of the range whose time is known. Looks through the range block by block. */
  nearestDated(
    deviceNo: number,
    fromSeq: number,
    toSeq: number,
    end: 'first' | 'last',
  ): DatedRecord | undefined;
  /** After its fact was added. */
  add(press: NewPress): void;
  /** Facts and records that wait. Belongs before everything else that reads or changes them. */
  write(): void;
  /** After a rollback. */
  forget(): void;
}

/** A row of the table; `id` is that of the fact. */
export interface NewPress {
  id: number;
  deviceNo: number;
  seq: number;
  kind: number;
  level: number;
  /** JSON. */
  reasons: string;
  invitation: Buffer;
  staff: Buffer;
  flags: number;
  pressedMs: number;
  untilMs: number | null;
  doubt: string | null;
  receivedMs: number;
  state: 'effective' | 'duplicate' | 'unmatched' | 'reasons';
}

interface Block {
  block: number;
  firstPress: number;
}

export function makeStoredPresses(database: Database.Database, facts: Pick<FactLog, 'write'>): StoredPresses {
  const rows = makeRowWriter(database, {
    into: 'press (id, device_no, seq, kind, level, reasons, invitation, staff, flags, pressed_ms, until_ms, doubt, received_ms, state)',
    row: '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  });
  /** Of ordinary presses, which differ in this only. */
  const ordinaryRows = makeRowWriter(database, {
    into: 'press (id, device_no, seq, kind, level, reasons, invitation, staff, flags, pressed_ms, received_ms, state)',
    row: `(?, ?, ?, ${RECORD_PRESS}, ?, '[]', ?, ?, ?, ?, ?, 'effective')`,
  });
  const blockRows = makeRowWriter(database, {
    into: 'press_block (device_no, block, first_press)',
    row: '(?, ?, ?)',
    set: 'ON CONFLICT DO NOTHING',
  });
  const firstOf = database
    .prepare('SELECT first_press FROM press_block WHERE device_no = ? AND block = ?')
    .pluck();
  const find = database.prepare(
    `SELECT p.id, p.kind, f.body FROM press p JOIN fact f USING (id)
     WHERE p.id >= ? AND p.device_no = ? AND p.seq = ? LIMIT 1`,
  );
  const order = { first: 'ASC', last: 'DESC' };
  const blocks = (['first', 'last'] as const).map((end) =>
    database.prepare(
      `SELECT block, first_press AS firstPress FROM press_block WHERE device_no = ? AND block BETWEEN ? AND ? ORDER BY block ${order[end]}`,
    ),
  );
  const dated = (['first', 'last'] as const).map((end) =>
    database.prepare(
      `SELECT p.pressed_ms AS atMs, f.body
       FROM press p JOIN fact f USING (id)
       WHERE p.id >= ? AND p.device_no = ? AND p.seq BETWEEN ? AND ? AND p.until_ms IS NULL ORDER BY p.seq ${order[end]} LIMIT 1`,
    ),
  );
  const lastBlock = new Map<number, number>();
  const write = () => {
    facts.write();
    ordinaryRows.write();
    rows.write();
    blockRows.write();
  };

  return {
    write,
    find(deviceNo, seq) {
      write();
      const first = firstOf.get(deviceNo, Math.floor(seq / BLOCK_RECORDS)) as number | undefined;
      if (first === undefined) return undefined;
      const found = find.get(first, deviceNo, seq) as { id: number; kind: number; body: Buffer } | undefined;
      return found && { id: found.id, kind: found.kind, signature: signatureOf(found.body) };
    },
    nearestDated(deviceNo, fromSeq, toSeq, end) {
      if (fromSeq > toSeq) return undefined;
      write();
      const index = end === 'first' ? 0 : 1;
      const [from, to] = [fromSeq, toSeq].map((seq) => Math.floor(seq / BLOCK_RECORDS));
      for (const { block, firstPress } of blocks[index]!.all(deviceNo, from, to) as Block[]) {
        const low = Math.max(fromSeq, block * BLOCK_RECORDS);
        const high = Math.min(toSeq, block * BLOCK_RECORDS + BLOCK_RECORDS - 1);
        const found = dated[index]!.get(firstPress, deviceNo, low, high) as
          | { atMs: number; body: Buffer }
          | undefined;
        if (!found) continue;
        const { seq, boot, uptime } = readSigned(found.body, 0);
        return { seq, boot, uptime, atMs: found.atMs };
      }
      return undefined;
    },
    add(press) {
      const { id, deviceNo, seq, level, invitation, staff, flags, pressedMs, receivedMs } = press;
      if (isOrdinary(press))
        ordinaryRows.add(id, deviceNo, seq, level, invitation, staff, flags, pressedMs, receivedMs);
      else
        rows.add(
          id,
          deviceNo,
          seq,
          press.kind,
          level,
          press.reasons,
          invitation,
          staff,
          flags,
          pressedMs,
          press.untilMs,
          press.doubt,
          receivedMs,
          press.state,
        );
      const block = Math.floor(seq / BLOCK_RECORDS);
      if (lastBlock.get(deviceNo) === block) return;
      blockRows.add(deviceNo, block, id);
      lastBlock.set(deviceNo, block);
    },
    forget() {
      ordinaryRows.drop();
      rows.drop();
      blockRows.drop();
      lastBlock.clear();
    },
  };
}

function isOrdinary({ state, kind, reasons, untilMs, doubt }: NewPress): boolean {
  return (
    state === 'effective' && kind === RECORD_PRESS && reasons === '[]' && untilMs === null && doubt === null
  );
}
