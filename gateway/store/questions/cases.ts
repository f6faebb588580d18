// Questions about desks, invitations and evaluations.
import type Database from 'better-sqlite3';
import { atMost } from '../at-most.ts';
import type { CaseBody, StaffName } from '../commands/commands.ts';

export interface StaffMember extends StaffName {
  /** 16 hexadecimal digits. */
  handle: string;
}

export interface Desk {
  staff: StaffMember | undefined;
  paused: boolean;
}

export type InvitationState = 'open' | 'cancelled' | 'replaced' | 'ended' | 'evaluated';

export interface Invitation {
  invitation: string;
  window: string;
  staff: StaffMember;
  createdMs: number;
  endsMs: number;
  state: InvitationState;
  services: { projectNo: string; assessNumber: number; taskName: string }[];
}

export interface StoredEvaluation {
  id: number;
  device: string;
  seq: number;
  level: number;
  pressedMs: number;
  /** Its time is only known to lie from pressedMs to then; null when it is known. */
  untilMs: number | null;
  /** Why the evaluator's clock was not believed. */
  doubt: string | null;
  receivedMs: number;
  state: string;
  /** Given after the press, national codes. */
  reasons: number[];
  /** On the card that was shown, or signed in for an unlinked press: it counts for that one. */
  badgeId: string | null;
  services: {
    projectNo: string;
    assessNumber: number;
    taskName: string;
    upstream: 'waiting' | 'delivered' | 'refused';
  }[];
}

const NO_INVITATION = Buffer.alloc(8);
const STAFF = 'lower(hex(s.handle)) AS handle, s.badge_id AS badgeId, s.name';
const EVALUATION = `SELECT p.id, d.id AS device, p.seq, p.level, p.pressed_ms AS pressedMs, p.until_ms AS untilMs, p.doubt,
  p.received_ms AS receivedMs, p.state, p.reasons, p.invitation, (SELECT badge_id FROM staff WHERE handle = p.staff) AS badgeId
  FROM press p JOIN device d ON d.no = p.device_no`;

/** Of the row that stands for the service: delivered only once every connector is done with it. */
const UPSTREAM = `CASE
  WHEN EXISTS (SELECT 1 FROM connector c JOIN delivery d ON d.connector_no = c.no
    WHERE c.active = 1 AND d.outbox = s.evaluation_outbox AND d.state IN ('refused', 'listed')) THEN 'refused'
  WHEN s.evaluation_outbox IS NULL OR NOT EXISTS (SELECT 1 FROM connector WHERE active = 1)
    OR EXISTS (SELECT 1 FROM connector WHERE active = 1 AND up_to < s.evaluation_outbox)
    OR EXISTS (SELECT 1 FROM connector c JOIN delivery d ON d.connector_no = c.no
      WHERE c.active = 1 AND d.outbox = s.evaluation_outbox AND d.state IN ('held', 'waiting', 'again')) THEN 'waiting'
  ELSE 'delivered' END`;

export function makeCaseQuestions(database: Database.Database) {
  const desk = database.prepare(
    `SELECT paused, ${STAFF} FROM desk LEFT JOIN staff s ON s.handle = desk.staff WHERE window = ?`,
  );
  const invitationHead = `SELECT lower(hex(i.handle)) AS invitation, i.window, i.created_ms AS createdMs, i.ends_ms AS endsMs, i.state,
    ${STAFF} FROM invitation i JOIN staff s ON s.handle = i.staff`;
  const openAt = database.prepare(
    `${invitationHead} WHERE i.no = (SELECT invitation_no FROM window_invitation WHERE window = ?)
       AND i.state = 'open' AND i.ends_ms > ?`,
  );
  const byHandle = database.prepare(`${invitationHead} WHERE i.handle = ?`);
  const services = database.prepare(
    `SELECT i.project_no AS projectNo, i.assess_number AS assessNumber, json_extract(c.body, '$.taskName') AS taskName,
       ${UPSTREAM} AS upstream
     FROM invitation_service i JOIN case_record c USING (project_no) JOIN service s USING (project_no, assess_number)
     WHERE i.invitation = ? ORDER BY i.position`,
  );
  const matched = database.prepare(
    `SELECT project_no AS projectNo, assess_number AS assessNumber, json_extract(c.body, '$.taskName') AS taskName, ${UPSTREAM} AS upstream
     FROM unlinked u JOIN case_record c USING (project_no) JOIN service s USING (project_no, assess_number) WHERE u.press = ?`,
  );
  const unmatched = database.prepare(
    `${EVALUATION} WHERE p.state IN ('unmatched', 'excluded') AND p.state = 'unmatched' ORDER BY p.id DESC ${atMost()}`,
  );
  const countUnmatched = database
    .prepare("SELECT count(*) FROM press WHERE state IN ('unmatched', 'excluded') AND state = 'unmatched'")
    .pluck();
  const after = database.prepare(
    `${EVALUATION} WHERE p.kind = 1 AND p.id > ? AND (? IS NULL OR p.level = ?) ORDER BY p.id ${atMost()}`,
  );
  const ofInvitation = database.prepare(
    `${EVALUATION} WHERE p.id IN (SELECT press FROM invitation WHERE handle = ?
       UNION ALL SELECT press FROM invitation_press WHERE invitation = ?)
     ORDER BY p.state = 'effective' DESC, p.pressed_ms, p.id LIMIT 1`,
  );
  const counted = database.prepare('SELECT count(*) FROM press WHERE kind = 1').pluck();
  const remembered = database.prepare(
    'SELECT request_hash AS requestHash, status, answer FROM idempotency WHERE client = ? AND key = ?',
  );

  const shapeInvitation = (found: unknown, nowMs: number): Invitation | undefined => {
    if (found === undefined) return undefined;
    const { handle, badgeId, name, ...row } = found as Omit<Invitation, 'services' | 'staff'> & StaffMember;
    const items = services.all(Buffer.from(row.invitation, 'hex')) as StoredEvaluation['services'];
    const state = row.state === 'open' && row.endsMs <= nowMs ? 'ended' : row.state;
    return {
      ...row,
      state,
      staff: { handle, badgeId, name },
      services: items.map(({ upstream: _, ...service }) => service),
    };
  };
  const shapeEvaluation = (found: unknown): StoredEvaluation => {
    const { invitation, reasons, ...row } = found as Omit<StoredEvaluation, 'services' | 'reasons'> & {
      invitation: Buffer;
      reasons: string;
    };
    const of = invitation.equals(NO_INVITATION) ? matched.all(row.id) : services.all(invitation);
    return {
      ...row,
      reasons: JSON.parse(reasons) as number[],
      services: of as StoredEvaluation['services'],
    };
  };

  return {
    deskOf(window: string): Desk {
      const row = desk.get(window) as (StaffMember & { paused: number }) | undefined;
      if (!row) return { staff: undefined, paused: false };
      const { paused, ...staff } = row;
      return { staff: staff.handle ? staff : undefined, paused: paused === 1 };
    },
    openInvitationAt: (window: string, nowMs: number) => shapeInvitation(openAt.get(window, nowMs), nowMs),
    invitationByHandle: (handle: string, nowMs: number) =>
      shapeInvitation(byHandle.get(Buffer.from(handle, 'hex')), nowMs),
    /** The effective evaluation made on this invitation, or the first of its duplicates. */
    evaluationOf(handle: string): StoredEvaluation | undefined {
      const bytes = Buffer.from(handle, 'hex');
      const row = ofInvitation.get(bytes, bytes);
      return row === undefined ? undefined : shapeEvaluation(row);
    },
    evaluationsAfter({
      after: id,
      limit,
      level,
    }: {
      after: number;
      limit: number;
      level?: number | undefined;
    }): StoredEvaluation[] {
      return after.all(id, level ?? null, level ?? null, limit).map(shapeEvaluation);
    },
    /** Presses that belong to no service as far as is known, newest first: for a person, never guessed. */
    unmatched: (limit: number) => unmatched.all(limit).map(shapeEvaluation),
    unmatchedCount: () => countUnmatched.get() as number,
    evaluationCount: () => counted.get() as number,
    rememberedAnswer(client: string, key: string) {
      return remembered.get(client, key) as
        | { requestHash: string; status: number; answer: string }
        | undefined;
    },
  };
}

export type { CaseBody };
