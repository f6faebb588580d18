// Reads from the tables what decides about one service, in the shape that the rules take.
import type Database from 'better-sqlite3';
import type { CaseTerm } from '../../core/case-term.ts';
import type { MadeEvaluation, ServiceState } from '../../core/effective.ts';
import { atMost } from '../at-most.ts';
import type { DueService, ServiceKey } from './commands.ts';

interface StoredEvaluation {
  state: string;
  reasonsFact: number | null;
  timeFact: number | null;
}

type StoredEvaluations = ReadonlyMap<number, StoredEvaluation>;

export interface StoredService extends ServiceKey {
  /** Counts in the order of creation. */
  no: number;
  state: ServiceState;
  effectivePress: number | null;
  effectiveReasons: number | null;
  effectiveTime: number | null;
  defaultFact: number | null;
  defaultCounts: boolean;
  dueMs: number | null;
  /** Stored states of its evaluations and the facts that told more of them later, by id. */
  stored: StoredEvaluations;
  /** The row that stands for its evaluation upstream. */
  evaluationOutbox: number | null;
}

interface Row extends ServiceKey {
  no: number;
  effectivePress: number | null;
  effectiveReasons: number | null;
  effectiveTime: number | null;
  defaultFact: number | null;
  effectiveDefault: number;
  dueMs: number | null;
  evaluationOutbox: number | null;
  completing: number;
  termEndsMs: number | null;
  withdrawnMs: number | null;
}

interface InvitationRow {
  invitation: Buffer;
  no: number;
  state: string;
}

interface PressRow {
  id: number;
  pressedMs: number;
  device: number;
  seq: number;
  excluded: number;
  state: string;
  reasonsFact: number | null;
  timeFact: number | null;
}

/** Of the services that are due; each is read as JSON. */
type DueColumns = [
  no: number[],
  projectNo: string[],
  assessNumber: number[],
  dueMs: number[],
  completing: number[],
  termEndsMs: (number | null)[],
  withdrawnMs: (number | null)[],
  untouched: number[],
];

interface CaseRow {
  termEndsMs: number | null;
  withdrawnMs: number | null;
}

export interface FoundDue extends ServiceKey, DueService {
  /** All that decides about it, where nobody was ever invited, nothing pressed and nothing decided. */
  untouched: ServiceState | undefined;
}

export interface ServiceStates {
  /** Throws if the service is not stored. */
  read(key: ServiceKey): StoredService;
  /** Services whose time to be defaulted has come, those due longest first, after the given one. */
  due(page: { nowMs: number; limit: number; after: DueService }): FoundDue[];
}

const COLUMNS = `s.no, s.project_no AS projectNo, s.assess_number AS assessNumber, s.effective_press AS effectivePress, s.effective_reasons AS effectiveReasons,
  s.default_fact AS defaultFact, s.effective_default AS effectiveDefault, s.due_ms AS dueMs, s.evaluation_outbox AS evaluationOutbox,
  (SELECT o.time_fact FROM outbox_row o WHERE o.id = s.evaluation_outbox) AS effectiveTime, s.completing, c.term_ends_ms AS termEndsMs, c.withdrawn_ms AS withdrawnMs`;

const EVALUATION =
  'p.id, p.pressed_ms AS pressedMs, p.device_no AS device, p.seq, p.excluded, p.state, p.reasons_fact AS reasonsFact, p.time_fact AS timeFact';

export function makeServiceState(database: Database.Database): ServiceStates {
  const service = database.prepare(
    `SELECT ${COLUMNS} FROM service s JOIN case_record c USING (project_no) WHERE s.project_no = ? AND s.assess_number = ?`,
  );
  // What has neither invitation nor press is read with one statement for all: those come by the ten thousand. A list for
  // each column, since a row for each service costs more than all that is done about it.
  const due = database
    .prepare(
      `SELECT json_group_array(no), json_group_array(project_no), json_group_array(assess_number), json_group_array(due_ms),
         json_group_array(completing), json_group_array(term_ends_ms), json_group_array(withdrawn_ms), json_group_array(untouched)
       FROM (SELECT r.no, r.project_no, r.assess_number, t.due_ms, t.completing, c.term_ends_ms, c.withdrawn_ms,
         t.effective_press IS NULL AND t.default_fact IS NULL AND t.evaluation_outbox IS NULL
         AND NOT EXISTS (SELECT 1 FROM invitation_item i WHERE i.service_no = r.no)
         AND NOT EXISTS (SELECT 1 FROM unlinked u
           WHERE u.project_no = r.project_no AND u.assess_number = r.assess_number) AS untouched
       FROM service_state t CROSS JOIN service_record r ON r.no = t.service_no
         CROSS JOIN case_record c ON c.project_no = r.project_no
       WHERE t.due_ms <= @nowMs AND (t.due_ms, t.service_no) > (@dueMs, @no)
       ORDER BY t.due_ms, t.service_no ${atMost('@limit')})`,
    )
    .raw();
  const invitations = database.prepare(
    `SELECT i.invitation, v.no, v.state FROM invitation_service i JOIN invitation v ON v.handle = i.invitation
     WHERE i.project_no = ? AND i.assess_number = ?`,
  );
  const presses = database.prepare(
    `SELECT ${EVALUATION} FROM invitation i JOIN press p ON p.id = i.press WHERE i.handle = @invitation
     UNION ALL SELECT ${EVALUATION} FROM invitation_press i JOIN press p ON p.id = i.press
       WHERE i.invitation = @invitation`,
  );
  const matched = database.prepare(
    `SELECT ${EVALUATION} FROM unlinked u JOIN press p ON p.id = u.press
     WHERE u.project_no = ? AND u.assess_number = ?`,
  );
  const batchCases = database.prepare(
    `SELECT c.term_ends_ms AS termEndsMs, c.withdrawn_ms AS withdrawnMs
     FROM invitation_service i JOIN case_record c USING (project_no) WHERE i.invitation = ?`,
  );

  const invitationsOf = ({ projectNo, assessNumber }: ServiceKey, stored: Map<number, StoredEvaluation>) => {
    const naming = invitations.all(projectNo, assessNumber) as InvitationRow[];
    return naming.map(({ invitation, no, state }) => ({
      order: no,
      ended: state === 'cancelled' || state === 'replaced',
      cases: (batchCases.all(invitation) as CaseRow[]).map(termOf),
      evaluations: state === 'evaluated' ? evaluationsOf(presses.all({ invitation }), stored) : [],
    }));
  };
  const shape = (row: Row): StoredService => {
    const stored = new Map<number, StoredEvaluation>();
    return {
      no: row.no,
      projectNo: row.projectNo,
      assessNumber: row.assessNumber,
      stored,
      state: {
        invitations: invitationsOf(row, stored),
        matched: evaluationsOf(matched.all(row.projectNo, row.assessNumber), stored),
        completing: row.completing === 1,
        case: termOf(row),
        defaulted: row.defaultFact !== null,
      },
      effectivePress: row.effectivePress,
      effectiveReasons: row.effectiveReasons,
      effectiveTime: row.effectiveTime,
      defaultFact: row.defaultFact,
      defaultCounts: row.effectiveDefault === 1,
      dueMs: row.dueMs,
      evaluationOutbox: row.evaluationOutbox,
    };
  };

  return {
    read({ projectNo, assessNumber }) {
      const row = service.get(projectNo, assessNumber) as Row | undefined;
      if (!row) throw new Error(`a service that is not stored: ${projectNo}/${assessNumber}`);
      return shape(row);
    },
    due({ nowMs, limit, after }) {
      const columns = due.get({ nowMs, limit, ...after }) as string[];
      const [no, projectNo, assessNumber, dueMs, completing, termEndsMs, withdrawnMs, untouched] =
        columns.map((column) => JSON.parse(column)) as DueColumns;
      return no.map((one, index) => ({
        no: one,
        projectNo: projectNo[index]!,
        assessNumber: assessNumber[index]!,
        dueMs: dueMs[index]!,
        untouched:
          untouched[index] === 1
            ? {
                invitations: [],
                matched: [],
                completing: completing[index] === 1,
                case: termOf({ termEndsMs: termEndsMs[index]!, withdrawnMs: withdrawnMs[index]! }),
                defaulted: false,
              }
            : undefined,
      }));
    },
  };
}

function evaluationsOf(rows: unknown[], stored: Map<number, StoredEvaluation>): MadeEvaluation[] {
  return (rows as PressRow[]).map(
    ({ id, pressedMs, device, seq, excluded, state, reasonsFact, timeFact }) => {
      stored.set(id, { state, reasonsFact, timeFact });
      return { id, pressedMs, device, seq, excluded: excluded === 1 };
    },
  );
}

function termOf(row: CaseRow): CaseTerm {
  return { termEndsMs: row.termEndsMs ?? undefined, withdrawnMs: row.withdrawnMs ?? undefined };
}
