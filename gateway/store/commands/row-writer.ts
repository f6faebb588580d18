// Collects rows of a few columns and writes them with few statements: for a small row, more than half of what it costs
// is its statement.
import type Database from 'better-sqlite3';

const GROUPS_ROWS = [32, 8, 1];

export interface RowWriter {
  add(...values: (number | string)[]): void;
  /** Belongs before every read of these rows, and to every transaction. */
  write(): void;
  /** After a rollback. */
  drop(): void;
}

export interface RowsInto {
  /** Table and columns. */
  into: string;
  /** The values of one row. */
  row: string;
  /** What happens to a row that is there: both it and `into` name every column that is written. */
  set: string;
}

export function makeRowWriter(database: Database.Database, { into, row, set }: RowsInto): RowWriter {
  const groups = GROUPS_ROWS.map((rows) => ({
    rows,
    insert: database.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(', ')} ${set}`),
  }));
  const width = row.split('?').length - 1;
  let values: (number | string)[] = [];
  return {
    add(...one) {
      values.push(...one);
    },
    write() {
      if (values.length === 0) return;
      let at = 0;
      for (const { rows, insert } of groups)
        for (; values.length - at >= rows * width; at += rows * width)
          insert.run(values.slice(at, at + rows * width));
      values = [];
    },
    drop() {
      values = [];
    },
  };
}
