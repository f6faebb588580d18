// The evaluations of a period, one row for each service they are about, straight from the database and in bounded
// memory: presses with what became of them, and defaults that count. Without personal data.
import type Database from 'better-sqlite3';

export interface EvaluationRow {
  /** Of the evaluation; of its fact for a default. */
  id: number;
  origin: 'press' | 'default';
  level: number;
  reasons: number[];
  /** Time of the last key, or the end of the term. */
  atMs: number;
  receivedMs: number | undefined;
  /** What the rules say about it. */
  state: string;
  /** It is the one that counts for this service. */
  counts: boolean;
  device: string | undefined;
  seq: number | undefined;
  window: string | undefined;
  badgeId: string | undefined;
  staffName: string | undefined;
  /** The rest is undefined for a press that belongs to no service. */
  projectNo: string | undefined;
  assessNumber: number | undefined;
  taskCode: string | undefined;
  taskName: string | undefined;
  serviceName: string | undefined;
}

export interface Period {
  fromMs: number;
  /** The first millisecond after it. */
  toMs: number;
}

type Raw = { [K in keyof EvaluationRow]: EvaluationRow[K] | null };

const OF_SERVICE = `s.project_no AS projectNo, s.assess_number AS assessNumber,
  json_extract(c.body, '$.taskCode') AS taskCode, json_extract(c.body, '$.taskName') AS taskName,
  json_extract(s.body, '$.serviceName') AS serviceName`;
const PRESSES = `
  SELECT p.id, 'press' AS origin, p.level, p.reasons, p.pressed_ms AS atMs, p.received_ms AS receivedMs, p.state,
    coalesce(t.effective_press = p.id, 0) AS counts, d.id AS device, p.seq,
    coalesce(v.window, d.window) AS window, f.badge_id AS badgeId, f.name AS staffName, ${OF_SERVICE}
  FROM press p JOIN device d ON d.no = p.device_no
    LEFT JOIN invitation_record v ON v.handle = p.invitation
    LEFT JOIN unlinked u ON u.press = p.id
    LEFT JOIN invitation_item i ON i.invitation_no = v.no
    LEFT JOIN service_record s ON s.no = coalesce(i.service_no,
      (SELECT no FROM service_record WHERE project_no = u.project_no AND assess_number = u.assess_number))
    LEFT JOIN service_state t ON t.service_no = s.no
    LEFT JOIN case_record c ON c.project_no = s.project_no
    LEFT JOIN staff f ON f.handle = coalesce(v.staff, p.staff)
  WHERE p.kind = 1 AND p.pressed_ms >= @fromMs AND p.pressed_ms < @toMs ORDER BY p.id, i.position`;
const DEFAULTS = `
  SELECT f.id, 'default' AS origin, json_extract(f.body, '$.level') AS level, '[]' AS reasons,
    json_extract(f.body, '$.termEndsMs') AS atMs, NULL AS receivedMs, 'effective' AS state, 1 AS counts,
    NULL AS device, NULL AS seq, json_extract(s.body, '$.window') AS window, t.badge_id AS badgeId, t.name AS staffName,
    ${OF_SERVICE}
  FROM service s JOIN fact f ON f.id = s.default_fact JOIN case_record c ON c.project_no = s.project_no
    JOIN staff t ON t.handle = s.staff
  WHERE s.effective_default = 1 AND json_extract(f.body, '$.termEndsMs') >= @fromMs
    AND json_extract(f.body, '$.termEndsMs') < @toMs`;

/** Presses in the order of arrival, then defaults. */
export function* evaluationRows(database: Database.Database, period: Period): Generator<EvaluationRow> {
  for (const sql of [PRESSES, DEFAULTS])
    for (const raw of database.prepare(sql).iterate({ ...period }) as IterableIterator<Raw>) {
      const row = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, value ?? undefined]));
      yield {
        ...(row as unknown as EvaluationRow),
        reasons: JSON.parse(String(raw.reasons)) as number[],
        counts: Number(raw.counts) === 1,
      };
    }
}
