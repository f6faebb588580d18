// The tables beside the records, held to their facts during the one pass over all facts: what was quarantined, gaps in
// journals, and who sat at each window last.
import type Database from 'better-sqlite3';
import type { FactRow } from '../store/chain.ts';
import type { FindingList } from './findings.ts';

interface QuarantineRow {
  id: number;
  device: string | null;
  seq: number | null;
  code: string;
  payload: Buffer;
  atMs: number;
}

export interface KeptTables {
  /** In the order of ids; facts of other kinds are passed over. */
  compare(fact: FactRow, body: Record<string, unknown>): void;
  /** After the last fact. */
  end(): void;
}

export function makeKeptTables(database: Database.Database, findings: FindingList): KeptTables {
  const quarantine = database
    .prepare(
      `SELECT q.id, d.id AS device, q.seq, q.code, q.payload, q.at_ms AS atMs
       FROM quarantine q LEFT JOIN device d ON d.no = q.device_no ORDER BY q.id`,
    )
    .iterate() as IterableIterator<QuarantineRow>;
  /** Few, of few evaluators: an evaluator that lost a page of its flash tells one. */
  const gaps = new Map<string, number>();
  const desks = new Map<string, string>();

  const compareQuarantine = (fact: FactRow, body: Record<string, unknown>) => {
    const next = quarantine.next();
    if (next.done) {
      findings.add('quarantine.differs', `fact ${fact.id}, evaluator ${fact.subject}: it is not there`);
      return;
    }
    const { id, device, seq, code, payload, atMs } = next.value;
    const same =
      device === fact.subject &&
      seq === body.seq &&
      code === body.code &&
      payload.toString('latin1') === body.payload &&
      atMs === fact.at_ms;
    if (!same) findings.add('quarantine.differs', `entry ${id} and fact ${fact.id}`);
  };

  return {
    compare(fact, body) {
      switch (fact.kind) {
        case 'evaluation.quarantined':
          compareQuarantine(fact, body);
          break;
        case 'device.gap': {
          const name = `${fact.subject} ${String(body.first)}`;
          gaps.set(name, Math.max(gaps.get(name) ?? 0, Number(body.last)));
          break;
        }
        case 'desk.changed':
          desks.set(fact.subject, `${String(body.staff)} ${String(body.paused)}`);
          break;
      }
    },
    end() {
      for (const { id } of quarantine) findings.add('quarantine.differs', `entry ${id} has no fact`);
      const storedGaps = database
        .prepare(
          "SELECT d.id || ' ' || g.first AS name, g.last FROM gap g LEFT JOIN device d ON d.no = g.device_no",
        )
        .all() as { name: string; last: number }[];
      for (const name of differing(gaps, new Map(storedGaps.map(({ name, last }) => [name, last]))))
        findings.add('gap.differs', `evaluator and sequence ${name}`);
      const storedDesks = database
        .prepare(
          "SELECT window, coalesce(lower(hex(staff)), 'null') || iif(paused = 1, ' true', ' false') AS state FROM desk",
        )
        .all() as { window: string; state: string }[];
      for (const window of differing(desks, new Map(storedDesks.map(({ window, state }) => [window, state]))))
        findings.add('desk.differs', `window ${window}`);
    },
  };
}

/** Names that only one of them has, or with another value. */
function differing<Value>(told: Map<string, Value>, stored: Map<string, Value>): string[] {
  const names = new Set([...told.keys(), ...stored.keys()]);
  return [...names].filter((name) => told.get(name) !== stored.get(name));
}
