// What a finished run's database holds, row by row and as it lies there: nothing is worked out here, and nothing of
// the gateway's code is used. Opened read-only, read once for all checkers of a run.
import Database from 'better-sqlite3';
import type { RunArtefacts } from '../../world/artefacts.ts';
import { recordIn } from './signature.ts';

export interface StoredFact {
  id: number;
  atMs: number;
  kind: string;
  subject: string;
  /** As it is stored: JSON, or the bytes of a record. */
  stored: string | Buffer;
  body: Record<string, unknown>;
  chain: Buffer;
}

/** A row of the table of presses. Reasons have rows of their own kind, which are left out. */
export interface StoredPress {
  id: number;
  device: string;
  seq: number;
  level: number;
  invitation: string;
  staff: string;
  pressedMs: number;
  untilMs: number | null;
  state: string;
  excluded: number;
}

export interface StoredService {
  projectNo: string;
  assessNumber: number;
  completing: number;
  effectivePress: number | null;
  effectiveDefault: number;
  defaultFact: number | null;
}

export interface StoredInvitation {
  invitation: string;
  window: string;
  state: string;
  services: { projectNo: string; assessNumber: number }[];
}

export interface StoredDelivery {
  projectNo: string;
  assessNumber: number;
  kind: 'service' | 'evaluation';
  connector: string;
  state: string;
  code: string | null;
  reason: string | null;
  attempts: number;
}

export interface HallDatabase {
  integrity: string;
  facts: StoredFact[];
  head: { fact: number; mac: Buffer } | undefined;
  presses: StoredPress[];
  quarantine: { device: string; seq: number | null; code: string; payload: string }[];
  /** Sequences that an evaluator will never send, listed with their bounds. */
  gaps: { device: string; first: number; last: number }[];
  services: StoredService[];
  invitations: StoredInvitation[];
  cases: {
    projectNo: string;
    completedMs: number | null;
    termEndsMs: number | null;
    withdrawnMs: number | null;
  }[];
  /** Handle of a staff member to badge ID. */
  badges: Map<string, string>;
  /** What the ways upstream have not delivered, and how far each has come. */
  deliveries: StoredDelivery[];
  connectors: { id: string; kind: string; upTo: number }[];
  newestOutbox: number;
}

const read = new WeakMap<RunArtefacts, HallDatabase>();

export function databaseOf(run: RunArtefacts): HallDatabase {
  const known = read.get(run);
  if (known) return known;
  const database = readDatabase(run.databaseFile);
  read.set(run, database);
  return database;
}

/** Of a record: the 66 bytes that were signed, the signature, and the time worked out on arrival. */
function bodyOf(stored: string | Buffer): StoredFact['body'] {
  if (typeof stored === 'string') return JSON.parse(stored) as StoredFact['body'];
  return {
    ...recordIn(stored),
    sig: stored.toString('hex', 66, 98),
    pressedMs: stored.readDoubleBE(98),
  };
}

function readDatabase(file: string): HallDatabase {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  const all = (sql: string) => database.prepare(sql).all() as never[];
  try {
    const facts: StoredFact[] = all(
      'SELECT id, at_ms AS atMs, kind, subject, body AS stored, chain FROM fact ORDER BY id',
    );
    for (const fact of facts) fact.body = bodyOf(fact.stored);
    const listed: { invitation: string; projectNo: string; assessNumber: number }[] = all(
      `SELECT lower(hex(invitation)) AS invitation, project_no AS projectNo, assess_number AS assessNumber
       FROM invitation_service ORDER BY invitation, position`,
    );
    const invitations: StoredInvitation[] = all(
      'SELECT lower(hex(handle)) AS invitation, window, state FROM invitation ORDER BY no',
    );
    for (const invitation of invitations) invitation.services = [];
    const byHandle = new Map(invitations.map((invitation) => [invitation.invitation, invitation]));
    for (const { invitation, ...service } of listed) byHandle.get(invitation)?.services.push(service);
    const staff: { handle: string; badgeId: string }[] = all(
      'SELECT lower(hex(handle)) AS handle, badge_id AS badgeId FROM staff',
    );
    return {
      integrity: String(database.pragma('integrity_check', { simple: true })),
      facts,
      head: database.prepare('SELECT fact, mac FROM chain_head').get() as HallDatabase['head'],
      presses: all(
        `SELECT p.id, d.id AS device, p.seq, p.level, lower(hex(p.invitation)) AS invitation,
           lower(hex(p.staff)) AS staff, p.pressed_ms AS pressedMs, p.until_ms AS untilMs, p.state, p.excluded
         FROM press p JOIN device d ON d.no = p.device_no WHERE p.kind = 1 ORDER BY p.id`,
      ),
      quarantine: all(
        `SELECT d.id AS device, q.seq, q.code, CAST(q.payload AS TEXT) AS payload
         FROM quarantine q JOIN device d ON d.no = q.device_no ORDER BY q.id`,
      ),
      gaps: all('SELECT d.id AS device, g.first, g.last FROM gap g JOIN device d ON d.no = g.device_no'),
      services: all(
        `SELECT project_no AS projectNo, assess_number AS assessNumber, completing, effective_press AS effectivePress,
           effective_default AS effectiveDefault, default_fact AS defaultFact FROM service`,
      ),
      invitations,
      cases: all(
        `SELECT project_no AS projectNo, completed_ms AS completedMs, term_ends_ms AS termEndsMs,
           withdrawn_ms AS withdrawnMs FROM case_record`,
      ),
      badges: new Map(staff.map(({ handle, badgeId }) => [handle, badgeId])),
      deliveries: all(
        `SELECT o.project_no AS projectNo, o.assess_number AS assessNumber, o.kind, c.id AS connector, v.state, v.code,
           v.reason, v.attempts
         FROM delivery v JOIN outbox o ON o.id = v.outbox JOIN connector c ON c.no = v.connector_no ORDER BY o.id`,
      ),
      connectors: all('SELECT id, kind, up_to AS upTo FROM connector WHERE active = 1'),
      newestOutbox: database.prepare('SELECT coalesce(max(id), 0) FROM outbox').pluck().get() as number,
    };
  } finally {
    database.close();
  }
}
