// What a window system asks about one case: where it stands, and what counts for each of its services.
import type Database from 'better-sqlite3';
import { effectiveOf } from '../../core/effective.ts';
import type { StaffName } from '../commands/commands.ts';
import { makeServiceState } from '../commands/service-state.ts';

export interface EffectiveEvaluation {
  origin: 'press' | 'default';
  /** Of the evaluation, as GET /v1/evaluations lists it; of its fact for a default. */
  id: number;
  level: number;
  /** Time of the last key, or the end of the term. */
  atMs: number;
}

export interface ServiceStanding {
  assessNumber: number;
  serviceName: string;
  completing: boolean;
  /** Of its batch; undefined while an evaluation is valid without limit. */
  termEndsMs: number | undefined;
  effective: EffectiveEvaluation | undefined;
}

export interface CaseStanding {
  projectNo: string;
  taskCode: string;
  taskName: string;
  completedMs: number | undefined;
  withdrawnMs: number | undefined;
  termEndsMs: number | undefined;
  /** Who has the case since it was transferred. */
  staff: StaffName | undefined;
  services: ServiceStanding[];
}

interface CaseRow {
  taskCode: string;
  taskName: string;
  completedMs: number | null;
  withdrawnMs: number | null;
  termEndsMs: number | null;
  badgeId: string | null;
  name: string | null;
}

export function makeCaseStateQuestions(database: Database.Database) {
  const find = database.prepare(
    `SELECT json_extract(body, '$.taskCode') AS taskCode, json_extract(body, '$.taskName') AS taskName,
       completed_ms AS completedMs, withdrawn_ms AS withdrawnMs, term_ends_ms AS termEndsMs,
       s.badge_id AS badgeId, s.name
     FROM case_record c LEFT JOIN staff s ON s.handle = c.staff WHERE project_no = ?`,
  );
  const services = database.prepare(
    `SELECT assess_number AS assessNumber, json_extract(body, '$.serviceName') AS serviceName
     FROM service WHERE project_no = ? ORDER BY assess_number`,
  );
  const press = database.prepare('SELECT id, level, pressed_ms AS atMs FROM press WHERE id = ?');
  const defaulted = database.prepare(
    "SELECT id, json_extract(body, '$.level') AS level, json_extract(body, '$.termEndsMs') AS atMs FROM fact WHERE id = ?",
  );
  const { read: stateOf } = makeServiceState(database);
  type Found = Omit<EffectiveEvaluation, 'origin'>;

  const standingOf = (
    projectNo: string,
    { assessNumber, serviceName }: { assessNumber: number; serviceName: string },
  ): ServiceStanding => {
    const stored = stateOf({ projectNo, assessNumber });
    const effective: EffectiveEvaluation | undefined =
      stored.effectivePress !== null
        ? { origin: 'press', ...(press.get(stored.effectivePress) as Found) }
        : stored.defaultCounts
          ? { origin: 'default', ...(defaulted.get(stored.defaultFact) as Found) }
          : undefined;
    const { completing } = stored.state;
    return {
      assessNumber,
      serviceName,
      completing,
      termEndsMs: effectiveOf(stored.state).termEndsMs,
      effective,
    };
  };

  return {
    caseStanding(projectNo: string): CaseStanding | undefined {
      const row = find.get(projectNo) as CaseRow | undefined;
      if (!row) return undefined;
      const listed = services.all(projectNo) as { assessNumber: number; serviceName: string }[];
      return {
        projectNo,
        taskCode: row.taskCode,
        taskName: row.taskName,
        completedMs: row.completedMs ?? undefined,
        withdrawnMs: row.withdrawnMs ?? undefined,
        termEndsMs: row.termEndsMs ?? undefined,
        staff:
          row.badgeId === null || row.name === null ? undefined : { badgeId: row.badgeId, name: row.name },
        services: listed.map((service) => standingOf(projectNo, service)),
      };
    },
  };
}
