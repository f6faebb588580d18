// Questions of the upstream sender and of whoever watches the backlog.
import type Database from 'better-sqlite3';
import type { SealedPersons } from '../../persons/applicant.ts';
import { isAwaited } from '../commands/awaited.ts';
import type { CaseBody, StaffName } from '../commands/commands.ts';
import { makePersonQuestions } from './persons.ts';

/** A waiting row with what its message is made from. */
export interface OutboxRow {
  id: number;
  projectNo: string;
  assessNumber: number;
  idempotencyKey: string;
  /** A try was begun and never answered. */
  unanswered: boolean;
  content:
    | {
        kind: 'service';
        case: CaseBody;
        completedMs: number | undefined;
        serviceName: string;
        servedAtMs: number;
        staff: StaffName;
        persons: SealedPersons | undefined;
      }
    | { kind: 'evaluation'; level: number; reasons: number[]; pressedMs: number }
    | { kind: 'default'; level: number; termEndsMs: number };
}

export interface Stuck {
  projectNo: string;
  assessNumber: number;
  kind: 'service' | 'evaluation';
  code: string;
  reason: string;
}

interface Row {
  id: number;
  projectNo: string;
  assessNumber: number;
  idempotencyKey: string;
  unanswered: number;
  kind: 'service' | 'evaluation';
  press: number | null;
  defaultFact: number | null;
}

const COLUMNS =
  'id, project_no AS projectNo, assess_number AS assessNumber, idempotency_key AS idempotencyKey, unanswered, kind, press, default_fact AS defaultFact';

export function makeOutboxQuestions(database: Database.Database) {
  const waiting = database.prepare(
    `SELECT ${COLUMNS} FROM outbox WHERE id = ? AND state = 'waiting' AND NOT ${isAwaited('outbox')}`,
  );
  const heads = database.prepare(
    `SELECT ${COLUMNS} FROM outbox WHERE state = 'waiting' AND project_no NOT IN (SELECT value FROM json_each(?))
     AND id = (SELECT min(o.id) FROM outbox o WHERE o.state = 'waiting' AND o.project_no = outbox.project_no)
     AND NOT ${isAwaited('outbox')} ORDER BY id LIMIT ?`,
  );
  const service = database.prepare(
    `SELECT c.body AS caseBody, c.completed_ms AS completedMs, v.body AS serviceBody, s.badge_id AS badgeId, s.name
     FROM service v JOIN case_record c USING (project_no) JOIN staff s ON s.handle = v.staff
     WHERE v.project_no = ? AND v.assess_number = ?`,
  );
  const press = database.prepare('SELECT level, pressed_ms AS pressedMs, reasons FROM press WHERE id = ?');
  const defaulted = database.prepare(
    "SELECT json_extract(body, '$.level') AS level, json_extract(body, '$.termEndsMs') AS termEndsMs FROM fact WHERE id = ?",
  );
  const heldCount = database.prepare("SELECT count(*) FROM outbox WHERE state = 'held'").pluck();
  const backlog = database.prepare(
    "SELECT count(*) AS records, min(created_ms) AS oldestMs FROM outbox WHERE state = 'waiting'",
  );
  const stuckCount = database
    .prepare("SELECT count(*) FROM outbox WHERE state IN ('refused', 'correction')")
    .pluck();
  const stuck = database.prepare(
    `SELECT project_no AS projectNo, assess_number AS assessNumber, kind, coalesce(code, state) AS code, coalesce(reason, '') AS reason
     FROM outbox WHERE state IN ('refused', 'correction') ORDER BY id DESC LIMIT ?`,
  );

  const persons = makePersonQuestions(database);

  const contentOf = (row: Row): OutboxRow['content'] => {
    if (row.kind === 'service') {
      const found = service.get(row.projectNo, row.assessNumber) as {
        caseBody: string;
        completedMs: number | null;
        serviceBody: string;
      } & StaffName;
      const { serviceName, servedAtMs } = JSON.parse(found.serviceBody) as {
        serviceName: string;
        servedAtMs: number;
      };
      const staff = { badgeId: found.badgeId, name: found.name };
      return {
        kind: 'service',
        case: JSON.parse(found.caseBody) as CaseBody,
        completedMs: found.completedMs ?? undefined,
        serviceName,
        servedAtMs,
        staff,
        persons: persons.personsOfService(row.projectNo, row.assessNumber),
      };
    }
    if (row.defaultFact !== null)
      return {
        kind: 'default',
        ...(defaulted.get(row.defaultFact) as { level: number; termEndsMs: number }),
      };
    const found = press.get(row.press) as { level: number; pressedMs: number; reasons: string };
    return {
      kind: 'evaluation',
      level: found.level,
      pressedMs: found.pressedMs,
      reasons: JSON.parse(found.reasons) as number[],
    };
  };

  const rowOf = (row: Row): OutboxRow => ({
    id: row.id,
    projectNo: row.projectNo,
    assessNumber: row.assessNumber,
    idempotencyKey: row.idempotencyKey,
    unanswered: row.unanswered === 1,
    content: contentOf(row),
  });

  return {
    /** The first waiting row of each case, oldest first, leaving out the given cases. */
    outboxHeads({ withoutCases, limit }: { withoutCases: Iterable<string>; limit: number }): OutboxRow[] {
      const rows = heads.all(JSON.stringify([...withoutCases]), limit) as Row[];
      return rows.map(rowOf);
    },
    /** The row as it is now, undefined once it is not waiting any more. */
    outboxWaiting(id: number): OutboxRow | undefined {
      const row = waiting.get(id) as Row | undefined;
      return row && rowOf(row);
    },
    backlog(): { records: number; oldestMs: number | undefined } {
      const row = backlog.get() as { records: number; oldestMs: number | null };
      return { records: row.records, oldestMs: row.oldestMs ?? undefined };
    },
    /** Defaults that wait until no evaluator can hold a press made in time. */
    heldCount: () => heldCount.get() as number,
    stuckCount: () => stuckCount.get() as number,
    stuckLatest: (limit: number) => stuck.all(limit) as Stuck[],
  };
}
