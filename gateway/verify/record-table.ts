// The table of records beside the facts, both by id: each record must say what its fact says, and neither may be
// alone. What later facts change in it (whether it counts) is compared with the services.
import type Database from 'better-sqlite3';
import type { Evaluation } from '../../protocol/messages.ts';
import type { FactRow } from '../store/chain.ts';
import { readRecordBody } from '../store/record-body.ts';
import type { FindingList } from './findings.ts';

/** Records with another time than their fact that are looked into; few ever are. */
const REDATED_LIMIT = 10_000;

interface RecordRow {
  id: number;
  device: string | null;
  deviceNo: number;
  seq: number;
  kind: number;
  level: number;
  reasons: string;
  invitation: string;
  staff: string;
  flags: number;
  pressedMs: number;
  receivedMs: number;
  reasonsFact: number | null;
}

export interface RecordTable {
  /** In the order of ids. */
  compare(fact: FactRow, record: Evaluation & { pressedMs: number }): void;
  /** After the last fact. Returns records whose time a later fact must explain. */
  end(): readonly { id: number; pressedMs: number }[];
}

export function makeRecordTable(database: Database.Database, findings: FindingList): RecordTable {
  const rows = database
    .prepare(
      `SELECT p.id, d.id AS device, p.device_no AS deviceNo, p.seq, p.kind, p.level, p.reasons, lower(hex(p.invitation)) AS invitation,
         lower(hex(p.staff)) AS staff, p.flags, p.pressed_ms AS pressedMs, p.received_ms AS receivedMs, p.reasons_fact AS reasonsFact
       FROM press p LEFT JOIN device d ON d.no = p.device_no ORDER BY p.id`,
    )
    .iterate() as IterableIterator<RecordRow>;
  const laterReasons = database
    .prepare("SELECT body FROM fact WHERE id = ? AND kind = 'evaluation.reasons' AND subject = ?")
    .pluck();
  const redated: RecordRow[] = [];
  let next = rows.next();

  const invented = ({ id, device, seq }: RecordRow) =>
    findings.add('record.invented', `record ${id}, evaluator ${device}, sequence ${seq}`);

  /** A press shows the reasons that a later record of its evaluator gave for it. */
  const reasonsLater = ({ reasonsFact, device }: RecordRow): string | undefined => {
    if (reasonsFact === null) return undefined;
    const record = readRecordBody(laterReasons.get(reasonsFact, device));
    return record && JSON.stringify(record.reasons);
  };

  return {
    compare(fact, record) {
      while (!next.done && next.value.id < fact.id) {
        invented(next.value);
        next = rows.next();
      }
      if (next.done || next.value.id !== fact.id) {
        findings.add('record.missing', `fact ${fact.id}, evaluator ${fact.subject}, sequence ${record.seq}`);
        return;
      }
      const row = next.value;
      next = rows.next();
      const differing = [
        row.device === fact.subject ? [] : 'evaluator',
        row.seq === record.seq ? [] : 'sequence',
        row.kind === record.kind ? [] : 'kind',
        row.level === record.level ? [] : 'level',
        row.invitation === record.invitation ? [] : 'invitation',
        row.staff === record.staff ? [] : 'staff',
        row.flags === record.flags ? [] : 'flags',
        row.receivedMs === fact.at_ms ? [] : 'time of arrival',
        row.reasons === JSON.stringify(record.reasons) || row.reasons === reasonsLater(row) ? [] : 'reasons',
      ].flat();
      if (row.pressedMs !== record.pressedMs && redated.length < REDATED_LIMIT) redated.push(row);
      if (differing.length > 0) findings.add('record.differs', `record ${row.id}: ${differing.join(', ')}`);
    },
    end() {
      for (; !next.done; next = rows.next()) invented(next.value);
      return redated;
    },
  };
}
