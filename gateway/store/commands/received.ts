// Which sequences of each journal were received, quarantined or listed as a gap: all up to a watermark, and ranges
// beyond it. Kept in memory beside the table; `flush` belongs to every transaction, `forget` to every rollback.
import type Database from 'better-sqlite3';
import { makeRowWriter } from '../row-writer.ts';

/** Ranges beyond the watermark of one device; a record that would need one more has to wait for those before it. */
export const BEYOND_LIMIT_RANGES = 64;

export interface Received {
  upTo(deviceNo: number): number;
  has(deviceNo: number, seq: number): boolean;
  hasAll(deviceNo: number, first: number, last: number): boolean;
  /** Of all received, 0 if none. */
  highest(deviceNo: number): number;
  /** False, and nothing changed, if that would be a range too many. */
  add(deviceNo: number, first: number, last: number): boolean;
  flush(): void;
  forget(): void;
}

type Range = [first: number, last: number];
interface State {
  upTo: number;
  /** In order, apart from each other and from the watermark. */
  beyond: Range[];
}

export function makeReceived(database: Database.Database): Received {
  const read = database.prepare('SELECT up_to, beyond FROM received WHERE device_no = ?');
  const rows = makeRowWriter(database, {
    into: 'received (device_no, up_to, beyond)',
    row: '(?, ?, ?)',
    set: 'ON CONFLICT (device_no) DO UPDATE SET up_to = excluded.up_to, beyond = excluded.beyond',
  });
  const states = new Map<number, State>();
  const changed = new Set<number>();

  /** The one that was asked for last: each record asks several times, and records of a device come in a row. */
  let asked: { deviceNo: number; state: State } | undefined;

  const stateOf = (deviceNo: number): State => {
    if (asked?.deviceNo === deviceNo) return asked.state;
    const state = states.get(deviceNo) ?? stored(deviceNo);
    asked = { deviceNo, state };
    return state;
  };
  const stored = (deviceNo: number): State => {
    const row = read.get(deviceNo) as { up_to: number; beyond: string } | undefined;
    const state = { upTo: row?.up_to ?? 0, beyond: row ? (JSON.parse(row.beyond) as Range[]) : [] };
    states.set(deviceNo, state);
    return state;
  };

  return {
    upTo: (deviceNo) => stateOf(deviceNo).upTo,
    has(deviceNo, seq) {
      return this.hasAll(deviceNo, seq, seq);
    },
    hasAll(deviceNo, first, last) {
      const { upTo, beyond } = stateOf(deviceNo);
      const from = Math.max(first, upTo + 1);
      if (beyond.length === 0) return from > last;
      return from > last || beyond.some((range) => range[0] <= from && last <= range[1]);
    },
    highest(deviceNo) {
      const { upTo, beyond } = stateOf(deviceNo);
      return beyond.at(-1)?.[1] ?? upTo;
    },
    add(deviceNo, first, last) {
      const before = stateOf(deviceNo);
      if (before.beyond.length === 0 && first === before.upTo + 1) {
        before.upTo = last;
        changed.add(deviceNo);
        return true;
      }
      const after = withRange(before, [first, last]);
      if (after.beyond.length > BEYOND_LIMIT_RANGES) return false;
      states.set(deviceNo, after);
      asked = undefined;
      changed.add(deviceNo);
      return true;
    },
    flush() {
      for (const deviceNo of changed) {
        const { upTo, beyond } = stateOf(deviceNo);
        rows.add(deviceNo, upTo, beyond.length === 0 ? '[]' : JSON.stringify(beyond));
      }
      rows.write();
      changed.clear();
    },
    forget() {
      states.clear();
      asked = undefined;
      changed.clear();
      rows.drop();
    },
  };
}

function withRange({ upTo, beyond }: State, added: Range): State {
  if (beyond.length === 0 && added[0] <= upTo + 1) return { upTo: Math.max(upTo, added[1]), beyond };
  const merged: Range[] = [];
  for (const [first, last] of [...beyond, added].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  const head = merged[0];
  if (!head || head[0] > upTo + 1) return { upTo, beyond: merged };
  return { upTo: Math.max(upTo, head[1]), beyond: merged.slice(1) };
}
