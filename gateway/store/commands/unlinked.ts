// Unlinked presses beside the services they may belong to: which of them have to be looked at again, and what the
// look decides. The decision is core/matching.ts; a match and its end are facts.
import {
  type GivenService,
  matchOf,
  RIVAL_REACH_MS,
  SERVED_AFTER_MS,
  SERVED_BEFORE_MS,
  type UnlinkedPress,
} from '../../core/matching.ts';
import type { Interval } from '../../core/press-time.ts';
import { atMost } from '../at-most.ts';
import type { CommandContext, ServiceKey } from './commands.ts';

export interface Unlinked {
  /** After an unlinked press was stored at the window of its device. */
  add(press: { id: number; deviceNo: number; staff: Buffer } & Interval): void;
  /** What became known about its time; nothing if it is not unlinked. */
  narrow(press: number, interval: Interval): void;
  /** A service was given here, or no longer is. */
  serviceAt(place: { window: string; staff: Buffer; servedMs: number }): void;
  /** Decides those whose windows' evaluators have reported an empty journal since. Returns services to settle. */
  decide(page: { emptyAtMs: Record<string, number>; afterId: number; limit: number; nowMs: number }): {
    settle: ServiceKey[];
    matched: number;
    lastId: number | undefined;
  };
  serviceOf(press: number): ServiceKey | undefined;
}

interface Row {
  id: number;
  window: string;
  staff: Buffer;
  fromMs: number;
  untilMs: number;
  projectNo: string | null;
  assessNumber: number | null;
}

const COLUMNS =
  'press AS id, window, staff, from_ms AS fromMs, until_ms AS untilMs, project_no AS projectNo, assess_number AS assessNumber';
const NOBODY = Buffer.alloc(8);

export function makeUnlinked({ database, facts }: Pick<CommandContext, 'database' | 'facts'>): Unlinked {
  const windowOf = database.prepare('SELECT window FROM device WHERE no = ?').pluck();
  const insert = database.prepare(
    'INSERT INTO unlinked (press, window, staff, from_ms, until_ms, look) VALUES (?, ?, ?, ?, ?, 1)',
  );
  const find = database.prepare(`SELECT ${COLUMNS} FROM unlinked WHERE press = ?`);
  const setInterval = database.prepare('UPDATE unlinked SET from_ms = ?, until_ms = ? WHERE press = ?');
  const look = database.prepare(
    `UPDATE unlinked SET look = 1 WHERE window = @window AND staff = @staff AND from_ms <= @toMs AND until_ms >= @fromMs`,
  );
  const toLookAt = database.prepare(
    `SELECT ${COLUMNS} FROM unlinked WHERE look = 1 AND press > ? ORDER BY press ${atMost()}`,
  );
  const looked = database.prepare(
    'UPDATE unlinked SET look = 0, project_no = ?, assess_number = ? WHERE press = ?',
  );
  const awaited = database.prepare('SELECT 1 FROM awaited_window WHERE window = ?').pluck();
  const rivals = database.prepare(
    `SELECT ${COLUMNS} FROM unlinked WHERE window = @window AND staff = @staff AND from_ms <= @toMs AND until_ms >= @fromMs`,
  );
  // Two are enough to know that there is no only one.
  const services = database.prepare(
    `SELECT project_no AS projectNo, assess_number AS assessNumber, served_ms AS servedMs FROM service
     WHERE window = @window AND staff = @staff AND served_ms BETWEEN @fromMs AND @toMs LIMIT 2`,
  );
  const setUnmatched = database.prepare(
    "UPDATE press SET state = CASE excluded WHEN 1 THEN 'excluded' ELSE 'unmatched' END WHERE id = ?",
  );

  const lookAround = ({
    window,
    staff,
    fromMs,
    untilMs,
  }: Pick<Row, 'window' | 'staff' | 'fromMs' | 'untilMs'>) =>
    look.run({ window, staff, fromMs: fromMs - RIVAL_REACH_MS, toMs: untilMs + RIVAL_REACH_MS });

  const serviceFor = (row: Row): ServiceKey | undefined => {
    const { window, staff, fromMs, untilMs } = row;
    const shown = pressOf(row);
    const given = (
      services.all({
        window,
        staff,
        fromMs: fromMs - SERVED_BEFORE_MS,
        toMs: untilMs + SERVED_AFTER_MS,
      }) as (ServiceKey & {
        servedMs: number;
      })[]
    ).map((service): GivenService => ({ ...service, window, staff: shown.staff }));
    const near = { window, staff, fromMs: fromMs - RIVAL_REACH_MS, toMs: untilMs + RIVAL_REACH_MS };
    const presses = (rivals.all(near) as Row[]).map(pressOf);
    return matchOf(shown, { presses, services: given });
  };

  return {
    add({ id, deviceNo, staff, fromMs, untilMs }) {
      const window = windowOf.get(deviceNo) as string | null;
      // Without a window, or with nobody signed in, there is no service it could belong to.
      if (window === null || staff.equals(NOBODY)) return;
      insert.run(id, window, staff, fromMs, untilMs);
      lookAround({ window, staff, fromMs, untilMs });
    },
    narrow(press, { fromMs, untilMs }) {
      const row = find.get(press) as Row | undefined;
      if (!row) return;
      setInterval.run(fromMs, untilMs, press);
      // Whoever was its rival in the wider interval may be alone now.
      lookAround(row);
    },
    serviceAt({ window, staff, servedMs }) {
      look.run({ window, staff, fromMs: servedMs - SERVED_AFTER_MS, toMs: servedMs + SERVED_BEFORE_MS });
    },
    decide({ emptyAtMs, afterId, limit, nowMs }) {
      const rows = toLookAt.all(afterId, limit) as Row[];
      const settle: ServiceKey[] = [];
      let matched = 0;
      for (const row of rows) {
        const drained = (emptyAtMs[row.window] ?? Number.NEGATIVE_INFINITY) >= row.untilMs + RIVAL_REACH_MS;
        if (!drained || awaited.get(row.window) !== undefined) continue;
        const before = keyOf(row);
        const after = serviceFor(row);
        looked.run(after?.projectNo ?? null, after?.assessNumber ?? null, row.id);
        if (isSame(before, after)) continue;
        facts.append({
          atMs: nowMs,
          kind: 'evaluation.matched',
          subject: String(row.id),
          body: {
            service: after ?? null,
            window: row.window,
            staff: row.staff.toString('hex'),
            pressedMs: row.fromMs,
            replaces: before ?? null,
          },
        });
        if (!after) setUnmatched.run(row.id);
        else matched += 1;
        for (const key of [before, after]) if (key) settle.push(key);
      }
      return { settle, matched, lastId: rows.length < limit ? undefined : rows.at(-1)!.id };
    },
    serviceOf(press) {
      const row = find.get(press) as Row | undefined;
      return row && keyOf(row);
    },
  };
}

const pressOf = ({ id, window, staff, fromMs, untilMs }: Row): UnlinkedPress => ({
  id,
  window,
  staff: staff.toString('hex'),
  fromMs,
  untilMs,
});

function keyOf({ projectNo, assessNumber }: Row): ServiceKey | undefined {
  return projectNo === null || assessNumber === null ? undefined : { projectNo, assessNumber };
}

function isSame(one: ServiceKey | undefined, other: ServiceKey | undefined): boolean {
  return one?.projectNo === other?.projectNo && one?.assessNumber === other?.assessNumber;
}
