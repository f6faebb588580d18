// Commands of the ways upstream: what a connector has taken, how its tries ended, what people decided about the rest.
// The states and their changes are those of core/delivery.ts.
import { type DeliveryEvent, type DeliveryState, deliveryAfter } from '../../core/delivery.ts';
import { isAwaited } from './awaited.ts';
import type { CommandContext, Handlers } from './commands.ts';

type Outbox = Pick<
  Handlers,
  | 'set-connectors'
  | 'take-outbox'
  | 'begin-delivery'
  | 'settle-delivery'
  | 'decide-delivery'
  | 'remember-answer'
>;

interface Entry {
  state: DeliveryState;
  connector: string;
  projectNo: string;
  key: string;
  kind: 'service' | 'evaluation';
  previous: number | null;
}

export function makeOutboxCommands({ database, facts }: CommandContext): Outbox {
  const rest = database.prepare('UPDATE connector SET active = 0 WHERE active = 1');
  const activate = database
    .prepare(
      `INSERT INTO connector (id, kind, active) VALUES (?, ?, 1)
       ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, active = 1 RETURNING no`,
    )
    .pluck();
  const take = database.prepare(
    `INSERT INTO delivery (outbox, connector_no, state, since_ms)
     SELECT o.id, c.no, CASE WHEN o.held = 1 THEN 'held' ELSE 'waiting' END, @atMs
     FROM connector c JOIN outbox_row o ON o.id > c.up_to AND o.id <= @upTo WHERE c.no = @connectorNo`,
  );
  const moveUp = database.prepare('UPDATE connector SET up_to = max(up_to, @upTo) WHERE no = @connectorNo');
  const find = database.prepare(
    `SELECT d.state, c.id AS connector, o.project_no AS projectNo, o.idempotency_key AS key, o.kind, o.previous
     FROM delivery d JOIN connector c ON c.no = d.connector_no JOIN outbox o ON o.id = d.outbox
     WHERE d.outbox = ? AND d.connector_no = ?`,
  );
  const begin = database.prepare(
    `UPDATE delivery SET state = 'waiting', attempts = attempts + 1, unanswered = 1
     WHERE outbox = ? AND connector_no = ?
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = delivery.outbox AND ${isAwaited('outbox')})`,
  );
  const remove = database.prepare('DELETE FROM delivery WHERE outbox = ? AND connector_no = ?');
  const change = database.prepare(
    `UPDATE delivery SET state = @state, unanswered = 0, code = @code, reason = @reason, there = @there, since_ms = @atMs
     WHERE outbox = @outbox AND connector_no = @connectorNo`,
  );
  const overtakeListed = database.prepare(
    `WITH RECURSIVE before (id, previous) AS (
       SELECT id, previous FROM outbox_row WHERE id = @previous
       UNION ALL SELECT o.id, o.previous FROM outbox_row o JOIN before b ON o.id = b.previous)
     UPDATE delivery SET state = 'omitted', since_ms = @atMs
     WHERE connector_no = @connectorNo AND (state = 'listed' OR @kind = 'service' AND state = 'refused') AND outbox IN (SELECT id FROM before)`,
  );
  const connectorNo = database.prepare('SELECT no FROM connector WHERE id = ?').pluck();
  const remember = database.prepare(
    'INSERT INTO idempotency (client, key, request_hash, status, answer, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const forget = database.prepare('DELETE FROM idempotency WHERE at_ms < ?');

  /** Undefined when the event changes nothing in the row's state. */
  const entryFor = (outbox: number, connector: number, event: DeliveryEvent): Entry | undefined => {
    const entry = find.get(outbox, connector) as Entry | undefined;
    return entry && deliveryAfter(entry.state, event) === undefined ? undefined : entry;
  };

  return {
    'set-connectors'({ connectors }) {
      rest.run();
      return {
        numbers: Object.fromEntries(connectors.map(({ id, kind }) => [id, activate.get(id, kind) as number])),
      };
    },

    'take-outbox'(input) {
      take.run(input);
      moveUp.run({ upTo: input.upTo, connectorNo: input.connectorNo });
      return {};
    },

    'begin-delivery'({ connectorNo, outbox }) {
      if (entryFor(outbox, connectorNo, 'begun')) begin.run(outbox, connectorNo);
      return {};
    },

    'settle-delivery'({ connectorNo, outbox, result, atMs }) {
      const entry = entryFor(outbox, connectorNo, result.state);
      if (!entry) return {};
      const { connector, projectNo, key, kind, previous } = entry;
      const { state, ...told } = result;
      if (state === 'delivered') remove.run(outbox, connectorNo);
      else {
        const said = { code: null, reason: null, there: null, ...told };
        change.run({ ...said, state, outbox, connectorNo, atMs });
      }
      // A person need not correct what has been corrected since, nor see to a service record that was taken since.
      if (previous !== null && result.state !== 'refused')
        overtakeListed.run({ previous, connectorNo, atMs, kind });
      if (state !== 'omitted') {
        const body = { connector, key, ...told };
        facts.append({ atMs, kind: `upstream.${state}`, subject: projectNo, body });
      }
      return {};
    },

    'decide-delivery'({ decision, connector, outbox, by, reason, atMs }) {
      const no = connectorNo.get(connector) as number | undefined;
      if (no === undefined) return { changed: [] };
      const changed = outbox.filter((id) => {
        const entry = entryFor(id, no, decision);
        if (!entry) return false;
        const state = deliveryAfter(entry.state, decision);
        change.run({ state, code: null, reason, there: null, outbox: id, connectorNo: no, atMs });
        const body = { connector, key: entry.key, by, reason };
        facts.append({ atMs, kind: `upstream.${decision}`, subject: entry.projectNo, body });
        return true;
      });
      return { changed };
    },

    'remember-answer'({ client, key, requestHash, status, answer, atMs }) {
      forget.run(atMs - IDEMPOTENCY_KEPT_MS);
      remember.run(client, key, requestHash, status, answer, atMs);
      return {};
    },
  };
}

/** An answer is given again for this long. */
export const IDEMPOTENCY_KEPT_MS = 86_400_000;
