// What the province's own file holds at the end of a run: service records, evaluations, refusals.
import Database from 'better-sqlite3';
import type { RunArtefacts } from '../../world/artefacts.ts';

export interface ProvinceFile {
  services: { projectNo: string; assessNumber: number }[];
  evaluations: {
    projectNo: string;
    assessNumber: number;
    level: number;
    writing: string;
    assessTime: string;
  }[];
  refusals: { path: string; code: string; body: string; receivedMs: number }[];
}

const read = new WeakMap<RunArtefacts, ProvinceFile>();

export function provinceOf(run: RunArtefacts): ProvinceFile {
  const known = read.get(run);
  if (known) return known;
  const database = new Database(run.provinceFile, { readonly: true, fileMustExist: true });
  const all = (sql: string) => database.prepare(sql).all() as never[];
  try {
    const province: ProvinceFile = {
      services: all(
        'SELECT project_no AS projectNo, CAST(service_number AS INTEGER) AS assessNumber FROM services',
      ),
      evaluations: all(
        `SELECT project_no AS projectNo, CAST(assess_number AS INTEGER) AS assessNumber, level, writing,
           assess_time AS assessTime FROM evaluations ORDER BY id`,
      ),
      refusals: all('SELECT path, code, body, received_ms AS receivedMs FROM refusals ORDER BY id'),
    };
    read.set(run, province);
    return province;
  } finally {
    database.close();
  }
}
