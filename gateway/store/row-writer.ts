// Collects rows of a few columns and writes them with few statements: for a small row, more than half of what it costs
// is its statement.
import type Database from 'better-sqlite3';

const GROUPS_ROWS = [32, 8, 1];

type Value = number | string | Buffer | null;

export interface RowWriter {
  /** Blobs are read at `write`: their bytes must stay as they are until then. */
  add(...values: Value[]): void;
  /** Belongs before every read of these rows, and to every transaction. Returns the row id that was inserted last. */
  write(): number;
  /** After a rollback. */
  drop(): void;
}

export interface RowsInto {
  /** Table and columns. */
  into: string;
  /** The values of one row. */
  row: string;
  /** What happens to a row that is there: both it and `into` name every column that is written. By default it fails. */
  set?: string;
}

export function makeRowWriter(database: Database.Database, { into, row, set = '' }: RowsInto): RowWriter {
  const groups = GROUPS_ROWS.map((rows) => ({
    rows,
    insert: database.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(', ')} ${set}`),
  }));
  const width = row.split('?').length - 1;
  let values: Value[] = [];
  let lastRow = 0;
  return {
    add(...one) {
      for (const value of one) values.push(value);
    },
    write() {
      if (values.length === 0) return lastRow;
      // Taken first: what fails is not tried again in the next transaction.
      const taken = values;
      values = [];
      let at = 0;
      for (const { rows, insert } of groups)
        for (; taken.length - at >= rows * width; at += rows * width)
          lastRow = Number(insert.run(taken.slice(at, at + rows * width)).lastInsertRowid);
      return lastRow;
    },
    drop() {
      values = [];
    },
  };
}
