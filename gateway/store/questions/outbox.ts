// Questions of the ways upstream: which rows a connector has before it, what a row says, how the connector stands to
// it and to what came before.
import type Database from 'better-sqlite3';
import type { Change, Counting, DeliveryState, Question, Standing } from '../../core/delivery.ts';
import type { SealedPersons } from '../../persons/applicant.ts';
import { atMost } from '../at-most.ts';
import { isAwaited } from '../commands/awaited.ts';
import type { CaseBody, StaffName } from '../commands/commands.ts';
import { readWorkedOutTime } from '../record-body.ts';
import { makeUnlessNothingNew } from './nothing-new.ts';
import { makePersonQuestions } from './persons.ts';

/** Enough of a row to put it in order. */
export interface OutboxHead {
  id: number;
  projectNo: string;
  assessNumber: number;
  kind: 'service' | 'evaluation';
}

export type CountingContent =
  | { kind: 'evaluation'; level: number; reasons: number[]; pressedMs: number }
  | { kind: 'default'; level: number; termEndsMs: number }
  | { kind: 'nothing' };

export interface StoredServiceRecord {
  case: CaseBody;
  completedMs: number | undefined;
  serviceName: string;
  servedAtMs: number;
  staff: StaffName;
  persons: SealedPersons | undefined;
}

export type OutboxContent = { kind: 'service' } | CountingContent;

export interface StandingQuestion extends Question {
  state: DeliveryState;
  /** A database that was lost may have sent another evaluation of the same service, of which nothing is known any more. */
  mayBeAnother: boolean;
  /** What was pressed about it may still lie in an evaluator: it may not leave. */
  awaited: boolean;
}

export interface OutboxRow extends OutboxHead {
  idempotencyKey: string;
  revision: number;
  content: OutboxContent;
}

interface Row extends OutboxHead, Counting {
  idempotencyKey: string;
  revision: number;
}

interface ChangeRow extends Counting {
  outbox: number;
  standing: Standing;
  mayBeThere: number;
}

const HEAD = 'o.id, o.project_no AS projectNo, o.assess_number AS assessNumber, o.kind';
const COUNTS =
  'o.press, o.default_fact AS defaultFact, o.reasons_fact AS reasonsFact, o.time_fact AS timeFact';

/**
 * Whether a database that was lost may have sent another evaluation in place of `o`: what the copy held back or had not
 * sent yet; a default that went although an evaluator had not reported an empty journal, as its press came later; what was
 * pressed at another evaluator and arrived first; in place of a default, what an evaluator knew that was given up.
 */
const MAY_BE_ANOTHER = `CASE WHEN o.may_be_there = 0 OR o.kind = 'service' THEN 0
  WHEN o.press IS NULL THEN EXISTS (SELECT 1 FROM catch_up WHERE state = 'abandoned')
  ELSE EXISTS (SELECT 1 FROM outbox_row e WHERE e.id = o.previous AND e.may_be_there = 1 AND e.press IS NOT o.press)
    OR EXISTS (SELECT 1 FROM service_record r JOIN case_record c USING (project_no)
      WHERE r.no = o.service_no AND c.term_ends_ms + coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'defaults-held'), 0)
        <= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch-begun'))
    OR EXISTS (SELECT 1 FROM invitation_item i JOIN invitation_record v ON v.no = i.invitation_no
        JOIN invitation_state t ON t.invitation_no = v.no
        JOIN press p ON p.id = t.press OR p.id IN (SELECT press FROM invitation_press WHERE invitation = v.handle)
      WHERE i.service_no = o.service_no
        AND (SELECT p.device_no <> own.device_no AND p.level <> own.level FROM press own WHERE own.id = o.press))
  END`;

export function makeOutboxQuestions(database: Database.Database) {
  const beyond = database.prepare(
    `SELECT ${HEAD} FROM outbox o WHERE o.id > (SELECT up_to FROM connector WHERE no = ?) ORDER BY o.id ${atMost()}`,
  );
  const changesBeyond = database.prepare(
    `SELECT id, previous FROM outbox_row WHERE id > ? AND kind = 'evaluation' ORDER BY id ${atMost()}`,
  );
  const newest = database.prepare('SELECT coalesce(max(id), 0) FROM outbox_row').pluck();
  const inState = database.prepare(
    `SELECT ${HEAD} FROM delivery d JOIN outbox o ON o.id = d.outbox
     WHERE d.connector_no = ? AND d.state = ? ORDER BY d.outbox ${atMost()}`,
  );
  const waiting = database.prepare(
    `SELECT ${HEAD} FROM outbox o WHERE o.id IN (
       SELECT outbox FROM delivery WHERE connector_no = @connectorNo AND state = 'waiting'
       UNION ALL SELECT outbox FROM delivery WHERE connector_no = @connectorNo AND state = 'again')
     ORDER BY o.id ${atMost('@limit')}`,
  );
  const entry = database.prepare(
    `SELECT ${COUNTS}, d.state, d.unanswered, o.previous, o.may_be_there AS mayBeThere, ${MAY_BE_ANOTHER} AS mayBeAnother, ${isAwaited('o')} AS awaited,
       o.id IS NOT (SELECT iif(o.kind = 'service', r.outbox, t.evaluation_outbox)
         FROM service_record r JOIN service_state t ON t.service_no = r.no WHERE r.no = o.service_no) AS overtaken
     FROM delivery d JOIN outbox o ON o.id = d.outbox WHERE d.outbox = ? AND d.connector_no = ?`,
  );
  const earlier = database.prepare(
    `WITH RECURSIVE before (id) AS (
       SELECT @previous UNION ALL SELECT o.previous FROM before b JOIN outbox_row o ON o.id = b.id WHERE o.previous IS NOT NULL)
     SELECT o.id AS outbox, ${COUNTS}, coalesce(d.state, 'delivered') AS standing, o.may_be_there AS mayBeThere
     FROM before b JOIN outbox_row o ON o.id = b.id LEFT JOIN delivery d ON d.outbox = o.id AND d.connector_no = @connectorNo
     ORDER BY o.id DESC`,
  );
  const row = database.prepare(
    `SELECT ${HEAD}, ${COUNTS}, o.idempotency_key AS idempotencyKey, o.revision FROM outbox o WHERE o.id = ?`,
  );
  const service = database.prepare(
    `SELECT c.body AS caseBody, c.completed_ms AS completedMs, v.body AS serviceBody, s.badge_id AS badgeId, s.name
     FROM service v JOIN case_record c USING (project_no) JOIN staff s ON s.handle = v.staff
     WHERE v.project_no = ? AND v.assess_number = ?`,
  );
  const press = database.prepare(
    `SELECT level, pressed_ms AS pressedMs, time_fact AS timeFact, coalesce((SELECT r.reasons FROM press r WHERE r.id = @reasonsFact), '[]') AS reasons
     FROM press WHERE id = @press`,
  );
  const defaulted = database.prepare(
    "SELECT json_extract(body, '$.level') AS level, json_extract(body, '$.termEndsMs') AS termEndsMs FROM fact WHERE id = ?",
  );
  const dated = database.prepare("SELECT json_extract(body, '$.pressedMs') FROM fact WHERE id = ?").pluck();
  const factBody = database.prepare('SELECT body FROM fact WHERE id = ?').pluck();
  const awaitedWindows = database.prepare('SELECT count(*) FROM awaited_window').pluck();
  const heldCount = database.prepare('SELECT count(*) FROM outbox_row WHERE held = 1').pluck();

  const persons = makePersonQuestions(database);
  const unlessNothingNew = makeUnlessNothingNew(database);

  const countingOf = ({ press, defaultFact, reasonsFact, timeFact }: Counting): Counting => ({
    press,
    defaultFact,
    reasonsFact,
    timeFact,
  });

  const changeOf = (row: ChangeRow): Change => ({
    outbox: row.outbox,
    counts: countingOf(row),
    standing: row.standing,
    mayBeThere: row.mayBeThere === 1,
  });

  /** As the row has it: the press may have been dated anew since. */
  const pressedMsOf = (of: Counting, now: { pressedMs: number; timeFact: number | null }): number => {
    if (of.timeFact === now.timeFact) return now.pressedMs;
    if (of.timeFact !== null) return dated.get(of.timeFact) as number;
    return readWorkedOutTime(factBody.get(of.press) as Buffer, 0).pressedMs;
  };

  const contentOf = (of: Row): OutboxContent => {
    if (of.kind === 'service') return { kind: 'service' };
    if (of.defaultFact !== null)
      return { kind: 'default', ...(defaulted.get(of.defaultFact) as { level: number; termEndsMs: number }) };
    if (of.press === null) return { kind: 'nothing' };
    const found = press.get({ press: of.press, reasonsFact: of.reasonsFact }) as {
      level: number;
      pressedMs: number;
      timeFact: number | null;
      reasons: string;
    };
    return {
      kind: 'evaluation',
      level: found.level,
      pressedMs: pressedMsOf(of, found),
      reasons: JSON.parse(found.reasons) as number[],
    };
  };

  return {
    /** The next rows that the connector has not taken, in order. */
    outboxBeyond: unlessNothingNew(
      ({ connectorNo, limit }: { connectorNo: number; limit: number }) =>
        beyond.all(connectorNo, limit) as OutboxHead[],
    ),
    /** Rows that a connector has taken and that wait, anew or not, in order. */
    deliveriesWaiting: (query: { connectorNo: number; limit: number }) => waiting.all(query) as OutboxHead[],
    /** Changes of what counts after a row, in order, each with the change before it of the same service. */
    changesBeyond: ({ after, limit }: { after: number; limit: number }) =>
      changesBeyond.all(after, limit) as { id: number; previous: number | null }[],
    newestOutboxId: () => newest.get() as number,
    /** Rows of a connector in one state, in order. */
    deliveriesIn: unlessNothingNew(
      (query: { connectorNo: number; state: DeliveryState; limit: number }) =>
        inState.all(query.connectorNo, query.state, query.limit) as OutboxHead[],
    ),
    /** How a connector stands to a row it has not delivered; undefined if it has, or has not taken it. */
    deliveryOf(query: { connectorNo: number; outbox: number }): StandingQuestion | undefined {
      const { connectorNo, outbox } = query;
      const found = entry.get(outbox, connectorNo) as
        | (Counting & {
            state: DeliveryState;
            unanswered: number;
            previous: number | null;
            overtaken: number;
            mayBeThere: number;
            mayBeAnother: number;
            awaited: number;
          })
        | undefined;
      if (!found) return undefined;
      const { previous, state } = found;
      const before = previous === null ? [] : (earlier.all({ previous, connectorNo }) as ChangeRow[]);
      return {
        state,
        change: changeOf({ ...found, outbox, standing: state }),
        earlier: before.map(changeOf),
        overtaken: found.overtaken === 1,
        unanswered: found.unanswered === 1,
        mayBeAnother: found.mayBeAnother === 1,
        awaited: found.awaited === 1,
      };
    },
    outboxRow(id: number): OutboxRow {
      const found = row.get(id) as Row | undefined;
      if (!found) throw new Error(`an outbox row that is not stored: ${id}`);
      const { projectNo, assessNumber, kind, idempotencyKey, revision } = found;
      return { id, projectNo, assessNumber, kind, idempotencyKey, revision, content: contentOf(found) };
    },
    /** As it stands now: a service may change until it is invited, its case until it is completed. */
    serviceOf(projectNo: string, assessNumber: number): StoredServiceRecord {
      const found = service.get(projectNo, assessNumber) as {
        caseBody: string;
        completedMs: number | null;
        serviceBody: string;
      } & StaffName;
      const { serviceName, servedAtMs } = JSON.parse(found.serviceBody) as {
        serviceName: string;
        servedAtMs: number;
      };
      return {
        case: JSON.parse(found.caseBody) as CaseBody,
        completedMs: found.completedMs ?? undefined,
        serviceName,
        servedAtMs,
        staff: { badgeId: found.badgeId, name: found.name },
        persons: persons.personsOfService(projectNo, assessNumber),
      };
    },
    /** Whose evaluators are waited for before anything of them leaves. */
    awaitedWindowCount: () => awaitedWindows.get() as number,
    /** Defaults that wait until no evaluator can hold a press made in time. */
    heldCount: () => heldCount.get() as number,
  };
}
