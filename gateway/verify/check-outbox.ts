// The log of what goes upstream: rows without gaps, each linked to the one before it of its service and naming presses
// and facts that are there; and for every row that counts as delivered the fact that says so.
import type Database from 'better-sqlite3';
import type { FactIndex } from './fact-index.ts';
import type { FindingList } from './findings.ts';

/** Whether a fact says that a connector delivered a row. */
export const deliveredKey = (connector: string, idempotencyKey: string) =>
  `delivered ${connector} ${idempotencyKey}`;

export function checkOutbox(parts: {
  database: Database.Database;
  index: FactIndex;
  findings: FindingList;
}): void {
  const { database, index, findings } = parts;
  const { rows, newest } = database
    .prepare('SELECT count(*) AS rows, coalesce(max(id), 0) AS newest FROM outbox_row')
    .get() as { rows: number; newest: number };
  if (rows !== newest) findings.add('outbox.differs', `${newest - rows} of ${newest} rows are not there`);

  // What is unknown is wrong too: IS NOT 1 where a comparison with nothing is nothing.
  const odd = database
    .prepare(
      `SELECT o.id FROM outbox_row o
         LEFT JOIN service_record s ON s.no = o.service_no
         LEFT JOIN outbox_row b ON b.id = o.previous
         LEFT JOIN press p ON p.id = o.press
         LEFT JOIN press r ON r.id = o.reasons_fact
         LEFT JOIN fact d ON d.id = o.default_fact
         LEFT JOIN fact t ON t.id = o.time_fact
       WHERE s.no IS NULL
         OR iif(o.previous IS NULL, o.revision = 1,
              b.id < o.id AND b.kind = o.kind AND b.service_no = o.service_no
              AND (o.revision = b.revision + 1 OR b.default_fact IS NOT NULL AND o.revision = b.revision)) IS NOT 1
         OR o.kind = 'service' AND coalesce(o.press, o.default_fact, o.reasons_fact, o.time_fact) IS NOT NULL
         OR o.press IS NOT NULL AND (p.kind = 1 AND o.default_fact IS NULL) IS NOT 1
         OR o.reasons_fact IS NOT NULL AND (r.kind = 2 AND r.device_no = p.device_no AND r.seq = p.seq + 1) IS NOT 1
         OR o.default_fact IS NOT NULL AND (d.kind = 'evaluation.defaulted' AND d.subject = s.project_no) IS NOT 1
         OR o.time_fact IS NOT NULL AND (t.kind = 'evaluation.dated' AND t.subject = CAST(o.press AS TEXT)) IS NOT 1`,
    )
    .pluck()
    .iterate() as IterableIterator<number>;
  for (const id of odd) findings.add('outbox.differs', `row ${id}`);

  const untold = database
    .prepare(
      `SELECT s.project_no || '/' || s.assess_number FROM service_record s LEFT JOIN outbox_row o ON o.id = s.outbox
       WHERE (o.kind = 'service' AND o.service_no = s.no) IS NOT 1`,
    )
    .pluck()
    .iterate() as IterableIterator<string>;
  for (const name of untold) findings.add('outbox.differs', `${name}: the row of its service record`);

  const ahead = database
    .prepare(
      `SELECT d.outbox FROM delivery d JOIN connector c ON c.no = d.connector_no WHERE d.outbox > c.up_to`,
    )
    .pluck()
    .iterate() as IterableIterator<number>;
  for (const id of ahead) findings.add('delivery.differs', `row ${id} was never taken`);

  const connectors = database.prepare('SELECT no, id, up_to AS upTo FROM connector').all() as {
    no: number;
    id: string;
    upTo: number;
  }[];
  const delivered = database.prepare(
    `SELECT o.id, o.idempotency_key AS key FROM outbox o
     WHERE o.id <= @upTo AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.outbox = o.id AND d.connector_no = @no)`,
  );
  for (const { no, id: connector, upTo } of connectors) {
    const all = delivered.iterate({ no, upTo }) as IterableIterator<{ id: number; key: string }>;
    for (const { id, key } of all)
      if (!index.has(deliveredKey(connector, key)))
        findings.add('delivery.differs', `row ${id} at ${connector}: no fact says that it was delivered`);
  }
}
