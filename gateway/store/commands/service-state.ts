// Reads from the tables what decides about one service, in the shape that the rules take.
import type Database from 'better-sqlite3';
import type { CaseTerm } from '../../core/case-term.ts';
import type { MadeEvaluation, ServiceState } from '../../core/effective.ts';
import type { ServiceKey } from './commands.ts';

export interface StoredService extends ServiceKey {
  state: ServiceState;
  effectivePress: number | null;
  defaultFact: number | null;
  defaultCounts: boolean;
  dueMs: number | null;
  /** Stored states of its evaluations, by id. */
  stored: ReadonlyMap<number, string>;
  /** The row that stands for its evaluation upstream. */
  evaluationOutbox: number | null;
}

interface Row {
  effectivePress: number | null;
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
  excluded: number;
  state: string;
}

interface CaseRow {
  termEndsMs: number | null;
  withdrawnMs: number | null;
}

export function makeServiceState(database: Database.Database): (key: ServiceKey) => StoredService {
  const service = database.prepare(
    `SELECT s.effective_press AS effectivePress, s.default_fact AS defaultFact, s.effective_default AS effectiveDefault,
       s.due_ms AS dueMs, s.evaluation_outbox AS evaluationOutbox, s.completing, c.term_ends_ms AS termEndsMs, c.withdrawn_ms AS withdrawnMs
     FROM service s JOIN case_record c USING (project_no) WHERE s.project_no = ? AND s.assess_number = ?`,
  );
  const invitations = database.prepare(
    `SELECT i.invitation, v.no, v.state FROM invitation_service i JOIN invitation v ON v.handle = i.invitation
     WHERE i.project_no = ? AND i.assess_number = ?`,
  );
  const presses = database.prepare(
    `SELECT p.id, p.pressed_ms AS pressedMs, p.excluded, p.state FROM invitation i JOIN press p ON p.id = i.press WHERE i.handle = @invitation
     UNION ALL SELECT p.id, p.pressed_ms, p.excluded, p.state FROM invitation_press i JOIN press p ON p.id = i.press
       WHERE i.invitation = @invitation`,
  );
  const batchCases = database.prepare(
    `SELECT c.term_ends_ms AS termEndsMs, c.withdrawn_ms AS withdrawnMs
     FROM invitation_service i JOIN case_record c USING (project_no) WHERE i.invitation = ?`,
  );

  return ({ projectNo, assessNumber }) => {
    const row = service.get(projectNo, assessNumber) as Row | undefined;
    if (!row) throw new Error(`a service that is not stored: ${projectNo}/${assessNumber}`);
    const stored = new Map<number, string>();
    const evaluationOf = ({ id, pressedMs, excluded, state }: PressRow): MadeEvaluation => {
      stored.set(id, state);
      return { id, pressedMs, excluded: excluded === 1 };
    };
    const naming = invitations.all(projectNo, assessNumber) as InvitationRow[];
    return {
      projectNo,
      assessNumber,
      stored,
      state: {
        invitations: naming.map(({ invitation, no, state }) => ({
          order: no,
          ended: state === 'cancelled' || state === 'replaced',
          cases: (batchCases.all(invitation) as CaseRow[]).map(termOf),
          evaluations:
            state === 'evaluated' ? (presses.all({ invitation }) as PressRow[]).map(evaluationOf) : [],
        })),
        matched: [],
        completing: row.completing === 1,
        case: termOf(row),
        defaulted: row.defaultFact !== null,
      },
      effectivePress: row.effectivePress,
      defaultFact: row.defaultFact,
      defaultCounts: row.effectiveDefault === 1,
      dueMs: row.dueMs,
      evaluationOutbox: row.evaluationOutbox,
    };
  };
}

function termOf(row: CaseRow): CaseTerm {
  return { termEndsMs: row.termEndsMs ?? undefined, withdrawnMs: row.withdrawnMs ?? undefined };
}
