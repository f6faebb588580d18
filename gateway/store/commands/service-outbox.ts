// Rows of the outbox for service records: the first when a service becomes known, further ones when what was told of
// it, its case or its completion changes after a connector may have sent it. A row says how the service stands when it
// is sent (questions/outbox.ts), so that nothing is enqueued while the row before it still waits for all.
import type { CommandContext, ServiceKey } from './commands.ts';
import { serviceOutboxKey } from './outbox-key.ts';

export interface ServiceOutbox {
  first(service: ServiceKey & { servedMs: number; atMs: number }): void;
  /** Of one service of the case, or of all when none is named. */
  changed(of: { projectNo: string; assessNumber?: number; atMs: number }): void;
}

interface Standing {
  assessNumber: number;
  previous: number;
  revision: number;
  servedMs: number;
}

export function makeServiceOutbox({
  database,
  catchUp,
}: Pick<CommandContext, 'database' | 'catchUp'>): ServiceOutbox {
  const insert = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, previous, revision, idempotency_key, created_ms, may_be_there)
     VALUES (@projectNo, @assessNumber, 'service', @previous, @revision, @key, @atMs, @mayBeThere)`,
  );
  const setRow = database.prepare(
    'UPDATE service_record SET outbox = ? WHERE project_no = ? AND assess_number = ?',
  );
  const taken = database.prepare(
    `SELECT s.assess_number AS assessNumber, s.served_ms AS servedMs, o.id AS previous, o.revision
     FROM service_record s JOIN outbox o ON o.id = s.outbox
     WHERE s.project_no = @projectNo AND (@assessNumber IS NULL OR s.assess_number = @assessNumber)
       AND o.id <= (SELECT max(up_to) FROM connector) ORDER BY s.assess_number`,
  );

  const enqueue = (row: {
    projectNo: string;
    assessNumber: number;
    previous: number | null;
    revision: number;
    servedMs: number;
    atMs: number;
  }) => {
    const { projectNo, assessNumber, revision, servedMs, ...rest } = row;
    const key = serviceOutboxKey({ projectNo, assessNumber, revision });
    const mayBeThere = Number(catchUp.mayHaveSentSince(servedMs));
    const { lastInsertRowid } = insert.run({ projectNo, assessNumber, revision, key, mayBeThere, ...rest });
    setRow.run(lastInsertRowid, projectNo, assessNumber);
  };

  return {
    first: (service) => enqueue({ ...service, previous: null, revision: 1 }),
    changed({ projectNo, assessNumber: only, atMs }) {
      for (const { revision, ...row } of taken.all({ projectNo, assessNumber: only ?? null }) as Standing[])
        enqueue({ projectNo, atMs, ...row, revision: revision + 1 });
    },
  };
}
