// Keeps the times of presses that nothing dates in step with their neighbours in the journal: an interval that
// narrows as dated records arrive. Small rows of their own, and nothing at all for evaluators that have a clock.
import {
  type DatedRecord,
  dateOfPress,
  type Interval,
  intervalOf,
  type Neighbours,
  type TimeDoubt,
  type UndatedPress,
  withNeighbour,
} from '../../core/press-time.ts';
import type { ReceivedRecord } from '../received-record.ts';
import type { CommandContext } from './commands.ts';

export interface PlacedRecord {
  pressedMs: number;
  /** Null when the time is known. */
  untilMs: number | null;
  doubt: TimeDoubt | undefined;
  /** For `keep`, where the record waits for its neighbours. */
  undated: (UndatedPress & Neighbours) | undefined;
}

export interface ChangedTime extends Interval {
  press: number;
  before: Interval;
}

export interface PressTimes {
  place(record: ReceivedRecord, deviceNo: number): PlacedRecord;
  /** After the record was inserted: presses whose times this changed. */
  keep(record: ReceivedRecord, stored: { id: number; deviceNo: number }, placed: PlacedRecord): ChangedTime[];
  /** After a rollback. */
  forget(): void;
}

interface Row extends UndatedPress {
  press: number;
  before: string | null;
  after: string | null;
}

const parse = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as DatedRecord));

export function makePressTimes(
  context: Pick<CommandContext, 'database' | 'facts' | 'received' | 'presses' | 'devices'>,
): PressTimes {
  const { database, facts, received, presses, devices } = context;
  const floor = database
    .prepare(
      'SELECT max(registered_ms, coalesce((SELECT created_ms FROM invitation_record WHERE handle = ?), 0)) FROM device WHERE no = ?',
    )
    .pluck();
  const COLUMNS =
    'press, seq, boot, uptime, floor_ms AS floorMs, received_ms AS receivedMs, before_record AS before, after_record AS after';
  const ofDevice = database.prepare(`SELECT ${COLUMNS} FROM undated WHERE device_no = ? ORDER BY seq`);
  const below = database.prepare(
    'SELECT seq, before_record AS record FROM undated WHERE device_no = ? AND seq < ? ORDER BY seq DESC LIMIT 1',
  );
  const above = database.prepare(
    'SELECT seq, after_record AS record FROM undated WHERE device_no = ? AND seq > ? ORDER BY seq LIMIT 1',
  );
  const insert = database.prepare(
    `INSERT INTO undated (device_no, seq, press, boot, uptime, floor_ms, received_ms, before_record, after_record)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const setNeighbours = database.prepare(
    'UPDATE undated SET before_record = ?, after_record = ? WHERE device_no = ? AND seq = ?',
  );
  const remove = database.prepare('DELETE FROM undated WHERE device_no = ? AND seq = ?');
  const setTime = database.prepare(
    'UPDATE press SET pressed_ms = ?, until_ms = ?, time_fact = coalesce(?, time_fact) WHERE id = ?',
  );
  const some = database.prepare('SELECT 1 FROM undated WHERE device_no = ? LIMIT 1').pluck();
  /** Asked for every record: most evaluators never have one. */
  const hasUndated = new Map<number, boolean>();
  const mayHave = (deviceNo: number): boolean => {
    const known = hasUndated.get(deviceNo) ?? some.get(deviceNo) !== undefined;
    hasUndated.set(deviceNo, known);
    return known;
  };

  /** Beyond the next undated press lies what that one knows already. */
  const neighboursOf = (deviceNo: number, seq: number): Neighbours => {
    const lower = below.get(deviceNo, seq) as { seq: number; record: string | null } | undefined;
    const upper = above.get(deviceNo, seq) as { seq: number; record: string | null } | undefined;
    const fromSeq = (lower?.seq ?? 0) + 1;
    const toSeq = (upper?.seq ?? received.highest(deviceNo) + 1) - 1;
    return {
      before: presses.nearestDated(deviceNo, fromSeq, seq - 1, 'last') ?? parse(lower?.record ?? null),
      after: presses.nearestDated(deviceNo, seq + 1, toSeq, 'first') ?? parse(upper?.record ?? null),
    };
  };

  /** Nothing can come between any more: every sequence between its neighbours has arrived, or never will. */
  const isFinal = (deviceNo: number, { before, after }: Neighbours) =>
    after !== undefined && received.hasAll(deviceNo, (before?.seq ?? 0) + 1, after.seq - 1);

  const narrow = (deviceNo: number, seen: DatedRecord, atMs: number): ChangedTime[] => {
    const changed: ChangedTime[] = [];
    for (const row of ofDevice.all(deviceNo) as Row[]) {
      const known = { before: parse(row.before), after: parse(row.after) };
      const now = withNeighbour(known, seen, row);
      if (now !== known) setNeighbours.run(asText(now.before), asText(now.after), deviceNo, row.seq);
      if (isFinal(deviceNo, now)) remove.run(deviceNo, row.seq);
      const before = intervalOf(row, known);
      const { fromMs, untilMs } = intervalOf(row, now);
      if (fromMs === before.fromMs && untilMs === before.untilMs) continue;
      const dated = facts.append({
        atMs,
        kind: 'evaluation.dated',
        subject: String(row.press),
        body: { pressedMs: fromMs, untilMs, bySeq: [now.before?.seq ?? null, now.after?.seq ?? null] },
      });
      // An end alone says nothing about when the press counts as made.
      setTime.run(fromMs, untilMs, fromMs === before.fromMs ? null : dated, row.press);
      changed.push({ press: row.press, fromMs, untilMs, before });
    }
    hasUndated.delete(deviceNo);
    return changed;
  };

  return {
    place(record, deviceNo) {
      const { receivedMs } = record;
      const bootStartedMs = devices.bootStartedMs(deviceNo, record.boot);
      const date = dateOfPress(record, { receivedMs, bootStartedMs });
      const { doubt } = date;
      if (date.kind === 'dated') return { pressedMs: date.atMs, untilMs: null, doubt, undated: undefined };
      const undated = {
        seq: record.seq,
        boot: record.boot,
        uptime: record.uptime,
        floorMs: floor.get(record.invitation, deviceNo) as number,
        receivedMs,
        ...neighboursOf(deviceNo, record.seq),
      };
      const { fromMs, untilMs } = intervalOf(undated, undated);
      return { pressedMs: fromMs, untilMs, doubt, undated };
    },
    keep({ seq, boot, uptime, receivedMs }, { id, deviceNo }, { pressedMs, undated }) {
      if (undated) {
        if (isFinal(deviceNo, undated)) return [];
        const { floorMs, before, after } = undated;
        insert.run(deviceNo, seq, id, boot, uptime, floorMs, receivedMs, asText(before), asText(after));
        hasUndated.set(deviceNo, true);
        return [];
      }
      if (!mayHave(deviceNo)) return [];
      return narrow(deviceNo, { seq, boot, uptime, atMs: pressedMs }, receivedMs);
    },
    forget() {
      hasUndated.clear();
    },
  };
}

const asText = (record: DatedRecord | undefined) => (record ? JSON.stringify(record) : null);
