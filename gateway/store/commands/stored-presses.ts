// Finds a stored record by (device, sequence) without an index over all of them: a row for each 16 sequences says
// where in the append-only table their records begin. Asked only about sequences that were received.
import type Database from 'better-sqlite3';
import type { DatedRecord } from '../../core/press-time.ts';
import { readSigned, signatureOf } from '../record-body.ts';

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
  /** After each insert. */
  note(press: { id: number; deviceNo: number; seq: number }): void;
  /** After a rollback. */
  forget(): void;
}

interface Block {
  block: number;
  firstPress: number;
}

export function makeStoredPresses(database: Database.Database): StoredPresses {
  const firstOf = database
    .prepare('SELECT first_press FROM press_block WHERE device_no = ? AND block = ?')
    .pluck();
  const find = database.prepare(
    `SELECT p.id, p.kind, f.body FROM press p JOIN fact f USING (id)
     WHERE p.id >= ? AND p.device_no = ? AND p.seq = ? LIMIT 1`,
  );
  const insert = database.prepare(
    'INSERT INTO press_block (device_no, block, first_press) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
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

  return {
    find(deviceNo, seq) {
      const first = firstOf.get(deviceNo, Math.floor(seq / BLOCK_RECORDS)) as number | undefined;
      if (first === undefined) return undefined;
      const found = find.get(first, deviceNo, seq) as { id: number; kind: number; body: Buffer } | undefined;
      return found && { id: found.id, kind: found.kind, signature: signatureOf(found.body) };
    },
    nearestDated(deviceNo, fromSeq, toSeq, end) {
      if (fromSeq > toSeq) return undefined;
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
    note({ id, deviceNo, seq }) {
      const block = Math.floor(seq / BLOCK_RECORDS);
      if (lastBlock.get(deviceNo) === block) return;
      insert.run(deviceNo, block, id);
      lastBlock.set(deviceNo, block);
    },
    forget() {
      lastBlock.clear();
    },
  };
}
