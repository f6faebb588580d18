// Commands of the upstream sender: how a try of an outbox row ended.
import { isAwaited } from './awaited.ts';
import type { CommandContext, Handlers } from './commands.ts';

type Outbox = Pick<Handlers, 'outbox-begin' | 'outbox-delivered' | 'outbox-refused' | 'remember-answer'>;

export function makeOutboxCommands({ database, facts }: CommandContext): Outbox {
  const delivered = database.prepare(
    "UPDATE outbox SET state = 'delivered', unanswered = 0 WHERE id = ? AND state = 'waiting' RETURNING project_no, idempotency_key",
  );
  const refused = database.prepare(
    "UPDATE outbox SET state = 'refused', unanswered = 0, code = ?, reason = ? WHERE id = ? AND state = 'waiting' RETURNING project_no, idempotency_key",
  );
  const begin = database.prepare(
    `UPDATE outbox SET attempts = attempts + 1, unanswered = 1
     WHERE id = ? AND state = 'waiting' AND NOT ${isAwaited('outbox')}`,
  );
  const remember = database.prepare(
    'INSERT INTO idempotency (client, key, request_hash, status, answer, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const forget = database.prepare('DELETE FROM idempotency WHERE at_ms < ?');
  interface Row {
    project_no: string;
    idempotency_key: string;
  }

  return {
    'outbox-delivered'({ id, atMs }) {
      const row = delivered.get(id) as Row | undefined;
      if (row)
        facts.append({
          atMs,
          kind: 'upstream.delivered',
          subject: row.project_no,
          body: { key: row.idempotency_key },
        });
      return {};
    },
    'outbox-refused'({ id, code, reason, atMs }) {
      const row = refused.get(code, reason, id) as Row | undefined;
      if (row)
        facts.append({
          atMs,
          kind: 'upstream.refused',
          subject: row.project_no,
          body: { key: row.idempotency_key, code, reason },
        });
      return {};
    },
    'outbox-begin'({ id }) {
      begin.run(id);
      return {};
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
