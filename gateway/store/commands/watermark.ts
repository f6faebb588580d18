// The contiguous watermark of a device: every sequence up to it was received, quarantined or listed as a gap.
import type Database from 'better-sqlite3';

export interface Watermark {
  /** Moves the stored watermark as far as what is there allows, and returns it. */
  advance(deviceNo: number): number;
  /** Every sequence of the range is there already. */
  holds(deviceNo: number, first: number, last: number): boolean;
}

/** Each step passes one record or gap; the loop ends at the first sequence that is nowhere. */
export function makeWatermark(database: Database.Database): Watermark {
  const read = database.prepare('SELECT watermark FROM device WHERE no = ?').pluck();
  const write = database.prepare('UPDATE device SET watermark = ? WHERE no = ?');
  const record = database
    .prepare(
      'SELECT 1 FROM press WHERE device_no = ? AND seq = ? UNION ALL SELECT 1 FROM quarantine WHERE device_no = ? AND seq = ? LIMIT 1',
    )
    .pluck();
  const gap = database
    .prepare('SELECT max(last) FROM gap WHERE device_no = ? AND first <= ? AND last >= ?')
    .pluck();

  const through = (deviceNo: number, seq: number): number | undefined => {
    if (record.get(deviceNo, seq, deviceNo, seq) !== undefined) return seq;
    return (gap.get(deviceNo, seq, seq) as number | null) ?? undefined;
  };

  return {
    advance(deviceNo) {
      const before = read.get(deviceNo) as number;
      let upTo = before;
      for (let last = through(deviceNo, upTo + 1); last !== undefined; last = through(deviceNo, upTo + 1))
        upTo = last;
      if (upTo !== before) write.run(upTo, deviceNo);
      return upTo;
    },
    holds(deviceNo, first, last) {
      let at = first;
      while (at <= last) {
        const reached = through(deviceNo, at);
        if (reached === undefined) return false;
        at = reached + 1;
      }
      return true;
    },
  };
}
