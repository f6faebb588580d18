// Questions of people about the ways upstream: how long each backlog is and since when, and what waits for a person.
import type Database from 'better-sqlite3';
import type { DeliveryState, Standing } from '../../core/delivery.ts';
import { atMost } from '../at-most.ts';

export interface Backlog {
  /** Rows that may leave and are not delivered. */
  records: number;
  oldestMs: number | undefined;
}

export interface ConnectorStanding {
  id: string;
  kind: string;
  backlog: Backlog;
  refused: number;
  listed: number;
}

export interface StuckDelivery {
  outbox: number;
  connector: string;
  projectNo: string;
  assessNumber: number;
  kind: 'service' | 'evaluation';
  state: DeliveryState;
  code: string | null;
  reason: string | null;
  sinceMs: number;
}

export interface DeliveryStanding {
  connector: string;
  active: boolean;
  state: Standing;
  attempts: number;
  /** A try was begun and nobody knows how it ended. */
  unanswered: boolean;
  code: string | null;
  reason: string | null;
  /** Outbox row that upstream has instead. */
  there: number | null;
}

const COLUMNS = `d.outbox, c.id AS connector, o.project_no AS projectNo, o.assess_number AS assessNumber, o.kind,
  d.state, d.code, d.reason, d.since_ms AS sinceMs`;
const FROM = 'FROM delivery d JOIN connector c ON c.no = d.connector_no JOIN outbox o ON o.id = d.outbox';

export function makeDeliveryQuestions(database: Database.Database) {
  const connectors = database.prepare(
    'SELECT no, id, kind, up_to AS upTo FROM connector WHERE active = 1 ORDER BY no',
  );
  const last = database.prepare('SELECT coalesce(max(id), 0) FROM outbox_row').pluck();
  const heldBeyond = database.prepare('SELECT count(*) FROM outbox_row WHERE held = 1 AND id > ?').pluck();
  const firstBeyond = database
    .prepare('SELECT created_ms FROM outbox_row WHERE id > ? AND held = 0 ORDER BY id LIMIT 1')
    .pluck();
  const counted = database
    .prepare('SELECT count(*) FROM delivery WHERE connector_no = ? AND state = ?')
    .pluck();
  const firstWaiting = database
    .prepare(
      `SELECT min(o.created_ms) FROM outbox_row o WHERE o.id IN (
         SELECT min(outbox) FROM delivery WHERE connector_no = @no AND state = 'waiting'
         UNION SELECT min(outbox) FROM delivery WHERE connector_no = @no AND state = 'again')`,
    )
    .pluck();
  const stuck = database.prepare(
    `SELECT ${COLUMNS} ${FROM} WHERE d.state IN ('refused', 'listed')
       AND (@connector IS NULL OR c.id = @connector) AND c.active >= @active ORDER BY d.outbox DESC, c.no ${atMost('@limit')}`,
  );
  const stuckCount = database
    .prepare(
      "SELECT count(*) FROM connector c JOIN delivery d ON d.connector_no = c.no WHERE c.active = 1 AND d.state IN ('refused', 'listed')",
    )
    .pluck();
  const isThere = database.prepare('SELECT 1 FROM outbox_row WHERE id = ?').pluck();
  const standingsOf = database.prepare(
    `SELECT c.id AS connector, c.active, coalesce(d.state, iif(c.up_to >= @outbox, 'delivered', 'waiting')) AS state,
       coalesce(d.attempts, 0) AS attempts, coalesce(d.unanswered, 0) AS unanswered, d.code, d.reason, d.there
     FROM connector c LEFT JOIN delivery d ON d.connector_no = c.no AND d.outbox = @outbox ORDER BY c.no`,
  );
  const count = (no: number, state: DeliveryState) => counted.get(no, state) as number;
  const oldest = (...times: (number | null | undefined)[]) => {
    const known = times.filter((time): time is number => typeof time === 'number');
    return known.length === 0 ? undefined : Math.min(...known);
  };
  /** Ids of the outbox have no gaps: what lies beyond a row need not be counted. */
  const beyond = (upTo: number): Backlog => ({
    records: (last.get() as number) - upTo - (heldBeyond.get(upTo) as number),
    oldestMs: oldest(firstBeyond.get(upTo) as number | undefined),
  });

  const standings = (): ConnectorStanding[] =>
    (connectors.all() as { no: number; id: string; kind: string; upTo: number }[]).map(
      ({ no, id, kind, upTo }) => {
        const untaken = beyond(upTo);
        return {
          id,
          kind,
          backlog: {
            records: untaken.records + count(no, 'waiting') + count(no, 'again'),
            oldestMs: oldest(untaken.oldestMs, firstWaiting.get({ no }) as number | null),
          },
          refused: count(no, 'refused'),
          listed: count(no, 'listed'),
        };
      },
    );

  return {
    /** Of every connector in use. */
    connectorStandings: standings,
    /** The longest of them, since the earliest; without any connector the whole outbox. */
    backlog(): Backlog {
      const all = standings().map(({ backlog }) => backlog);
      if (all.length === 0) return beyond(0);
      return {
        records: Math.max(...all.map(({ records }) => records)),
        oldestMs: oldest(...all.map(({ oldestMs }) => oldestMs)),
      };
    },
    /** Refused or listed, waiting for a person, at the connectors in use. */
    stuckCount: () => stuckCount.get() as number,
    stuckLatest: (limit: number) => stuck.all({ connector: null, active: 1, limit }) as StuckDelivery[],
    stuckOf: ({ connector, limit }: { connector: string | undefined; limit: number }) =>
      stuck.all({ connector: connector ?? null, active: 0, limit }) as StuckDelivery[],
    /** How every connector stands to one row; undefined if there is no such row. */
    deliveryStandings(outbox: number): DeliveryStanding[] | undefined {
      if (isThere.get(outbox) === undefined) return undefined;
      const found = standingsOf.all({ outbox }) as (Omit<DeliveryStanding, 'active' | 'unanswered'> & {
        active: number;
        unanswered: number;
      })[];
      return found.map((one) => ({ ...one, active: one.active === 1, unanswered: one.unanswered === 1 }));
    },
  };
}
