// Finds a stored record by (device, sequence) without an index over all of them: a row for each 16 sequences says
// where in the append-only table their records begin. Asked only about sequences that were received.
import type Database from 'better-sqlite3';

const BLOCK_RECORDS = 16;

export interface StoredPress {
  id: number;
  kind: number;
  /** 64 hexadecimal digits. */
  signature: string;
}

export interface StoredPresses {
  find(deviceNo: number, seq: number): StoredPress | undefined;
  /** After each insert. */
  note(press: { id: number; deviceNo: number; seq: number }): void;
  /** After a rollback. */
  forget(): void;
}

export function makeStoredPresses(database: Database.Database): StoredPresses {
  const firstOf = database
    .prepare('SELECT first_press FROM press_block WHERE device_no = ? AND block = ?')
    .pluck();
  const find = database.prepare(
    `SELECT p.id, p.kind, json_extract(f.body, '$.sig') AS signature FROM press p JOIN fact f USING (id)
     WHERE p.id >= ? AND p.device_no = ? AND p.seq = ? LIMIT 1`,
  );
  const insert = database.prepare(
    'INSERT INTO press_block (device_no, block, first_press) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const lastBlock = new Map<number, number>();

  return {
    find(deviceNo, seq) {
      const first = firstOf.get(deviceNo, Math.floor(seq / BLOCK_RECORDS)) as number | undefined;
      return first === undefined ? undefined : (find.get(first, deviceNo, seq) as StoredPress | undefined);
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
