// Rows of the outbox for service records: the first when a service becomes known, further ones when what was told of
// it, its case or its completion changes after a connector may have sent it. A row says how the service stands when it
// is sent (questions/outbox.ts), so that nothing is enqueued while the row before it still waits for all.
import type { CommandContext } from './commands.ts';

export interface ServiceOutbox {
  first(service: { no: number; servedMs: number; atMs: number }): void;
  /** Of one service of the case, or of all when none is named. */
  changed(of: { projectNo: string; assessNumber?: number; atMs: number }): void;
}

interface Standing {
  no: number;
  previous: number;
  revision: number;
  servedMs: number;
}

export function makeServiceOutbox({
  database,
  catchUp,
}: Pick<CommandContext, 'database' | 'catchUp'>): ServiceOutbox {
  const insert = database.prepare(
    `INSERT INTO outbox_row (service_no, kind, previous, revision, created_ms, may_be_there)
     VALUES (@no, 'service', @previous, @revision, @atMs, @mayBeThere)`,
  );
  const setRow = database.prepare('UPDATE service_record SET outbox = ? WHERE no = ?');
  const taken = database.prepare(
    `SELECT s.no, s.served_ms AS servedMs, o.id AS previous, o.revision
     FROM service_record s JOIN outbox_row o ON o.id = s.outbox
     WHERE s.project_no = @projectNo AND (@assessNumber IS NULL OR s.assess_number = @assessNumber)
       AND o.id <= (SELECT max(up_to) FROM connector) ORDER BY s.assess_number`,
  );

  const enqueue = (row: {
    no: number;
    previous: number | null;
    revision: number;
    servedMs: number;
    atMs: number;
  }) => {
    const { servedMs, ...rest } = row;
    const mayBeThere = Number(catchUp.mayHaveSentSince(servedMs));
    const { lastInsertRowid } = insert.run({ mayBeThere, ...rest });
    setRow.run(lastInsertRowid, row.no);
  };

  return {
    first: (service) => enqueue({ ...service, previous: null, revision: 1 }),
    changed({ projectNo, assessNumber: only, atMs }) {
      for (const { revision, ...row } of taken.all({ projectNo, assessNumber: only ?? null }) as Standing[])
        enqueue({ atMs, ...row, revision: revision + 1 });
    },
  };
}
