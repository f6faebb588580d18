// Collects rows of a few columns and writes them with few statements: for a small row, more than half of what it costs
// is its statement.
import type Database from 'better-sqlite3';

/** Rows of one statement. */
const FULL_ROWS = 32;
/**
 * So many, and each smaller number, have a statement of their own, prepared when it is first needed: in a quiet hour a
 * commit has a few records, and needs one statement for each table.
 */
const EXACT_ROWS = 16;
/** Full statements whose arrays are kept to be filled again; those of a larger transaction are made anew. */
const SPARE_LIMIT_ARRAYS = 64;

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
  // FAIL, not the usual ABORT: a statement that stops halfway need not be undone by itself, since whatever fails here
  // ends with ROLLBACK. What SQLite would keep to undo it was measured at a tenth of the writer's time.
  const inserting = (rows: number) =>
    database.prepare(`INSERT OR FAIL INTO ${into} VALUES ${Array(rows).fill(row).join(', ')} ${set}`);
  const inserts: (Database.Statement | undefined)[] = Array(FULL_ROWS + 1).fill(undefined);
  const width = row.split('?').length - 1;
  const fullLength = FULL_ROWS * width;
  /** Arrays of the full length, used again and again: what they still hold beyond `length` was written before. */
  const makeValues = (): Value[] => Array(fullLength).fill(null);
  let full: Value[][] = [];
  const spare: Value[][] = [];
  let values = makeValues();
  let length = 0;
  let lastRow = 0;
  const run = (rows: number, of: Value[]) => {
    inserts[rows] ??= inserting(rows);
    lastRow = Number(inserts[rows].run(...of).lastInsertRowid);
  };
  return {
    add(...one) {
      for (const value of one) {
        values[length] = value;
        length += 1;
      }
      if (length < fullLength) return;
      full.push(values);
      values = spare.pop() ?? makeValues();
      length = 0;
    },
    write() {
      if (length === 0 && full.length === 0) return lastRow;
      // Taken first: what fails is not tried again in the next transaction.
      const taken = full;
      const left = length;
      full = [];
      length = 0;
      for (const one of taken) run(FULL_ROWS, one);
      spare.push(...taken.slice(0, SPARE_LIMIT_ARRAYS - spare.length));
      for (let at = 0; at < left; ) {
        const rows = Math.min(EXACT_ROWS, (left - at) / width);
        run(rows, values.slice(at, at + rows * width));
        at += rows * width;
      }
      return lastRow;
    },
    drop() {
      full = [];
      length = 0;
    },
  };
}
