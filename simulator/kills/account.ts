// Holds a gateway's database to what evaluators were promised and people pressed: reads only, and from files only.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_FILE } from '../../gateway/store/open-database.ts';
import { productFindings } from '../product-findings.ts';
import { readProvinceStore } from '../province/read-store.ts';
import type { EvaluatorJournal } from './evaluator-journal.ts';

export interface DatabaseAccount {
  integrity: string;
  /** Of `pingjia verify`: signatures, chain, records and what counts for each service. */
  findings: unknown[];
  /** Records of evaluators, by what is wrong; each empty in a gateway that keeps its word. */
  lost: string[];
  doubled: string[];
  invented: string[];
  records: number;
}

export function accountOfDatabase(options: {
  dataFolder: string;
  masterKeyFile: string;
  hall: string;
  journals: readonly EvaluatorJournal[];
}): DatabaseAccount {
  const { dataFolder, masterKeyFile, hall, journals } = options;
  const database = new Database(join(dataFolder, DATABASE_FILE));
  try {
    const integrity = String(database.pragma('integrity_check', { simple: true }));
    const sequences = database
      .prepare('SELECT p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE d.id = ?')
      .pluck();
    const account: DatabaseAccount = {
      integrity,
      findings: [],
      lost: [],
      doubled: [],
      invented: [],
      records: 0,
    };
    for (const { identity, promised, newest } of journals) {
      const { device } = identity;
      const stored = sequences.all(device) as number[];
      const distinct = new Set(stored);
      const name = (seq: number) => `${device} ${seq}`;
      account.records += stored.length;
      account.lost.push(...[...promised].filter((seq) => !distinct.has(seq)).map(name));
      for (const seq of stored) if (!distinct.delete(seq)) account.doubled.push(name(seq));
      account.invented.push(...stored.filter((seq) => seq < 1 || seq > newest).map(name));
    }
    account.findings = productFindings({ hall, dataFolder, masterKeyFile });
    return account;
  } finally {
    database.close();
  }
}

export interface Counting {
  projectNo: string;
  assessNumber: number;
  level: number;
}

const byName = (one: Counting, other: Counting) =>
  `${one.projectNo}/${one.assessNumber}`.localeCompare(`${other.projectNo}/${other.assessNumber}`);

export const sorted = (list: readonly Counting[]) => [...list].sort(byName);

/** What counts for each service that was evaluated. */
export function effectiveEvaluations(dataFolder: string): Counting[] {
  const database = new Database(join(dataFolder, DATABASE_FILE), { readonly: true });
  try {
    const rows = database
      .prepare(
        `SELECT s.project_no AS projectNo, s.assess_number AS assessNumber, p.level
         FROM service s JOIN press p ON p.id = s.effective_press`,
      )
      .all() as Counting[];
    return sorted(rows);
  } finally {
    database.close();
  }
}

export function evaluationsAtProvince(file: string): Counting[] {
  return sorted(
    readProvinceStore(file).evaluations.map(({ projectNo, assessNumber, level }) => ({
      projectNo,
      assessNumber: Number(assessNumber),
      level,
    })),
  );
}

/** Rows of the outbox that upstream has not answered yet, and those it refused. */
export function backlog(dataFolder: string): { waiting: number; refused: number } {
  const database = new Database(join(dataFolder, DATABASE_FILE), { readonly: true });
  try {
    return database
      .prepare(
        `SELECT (SELECT coalesce(max(id), 0) FROM outbox) - up_to
             + (SELECT count(*) FROM delivery WHERE state NOT IN ('refused', 'listed')) AS waiting,
           (SELECT count(*) FROM delivery WHERE state IN ('refused', 'listed')) AS refused
         FROM connector`,
      )
      .get() as { waiting: number; refused: number };
  } finally {
    database.close();
  }
}
