// Reads the province's file without the province: the report counts what was received from here only.
// Opens read-only; the province may be running or stopped.
import Database from 'better-sqlite3';

export interface ReceivedEvaluation {
  projectNo: string;
  assessNumber: string;
  level: number;
  channel: string;
  writing: string;
  assessTime: string;
  receivedMs: number;
  taskName: string;
}

export interface ProvinceContents {
  evaluations: ReceivedEvaluation[];
  refusals: { code: string; message: string; path: string; receivedMs: number }[];
}

const evaluationColumns = `e.project_no AS projectNo, e.assess_number AS assessNumber, e.level, e.channel, e.writing,
  e.assess_time AS assessTime, e.received_ms AS receivedMs, s.task_name AS taskName`;
const joined = `FROM evaluations e
  LEFT JOIN services s ON s.project_no = e.project_no AND s.service_number = e.assess_number`;

export function readProvinceStore(file: string): ProvinceContents {
  const database = new Database(file, { readonly: true });
  try {
    const evaluations = database.prepare(`SELECT ${evaluationColumns} ${joined} ORDER BY e.id`).all();
    const refusals = database
      .prepare('SELECT code, message, path, received_ms AS receivedMs FROM refusals ORDER BY id')
      .all();
    return { evaluations, refusals } as ProvinceContents;
  } finally {
    database.close();
  }
}

export interface ProvinceView {
  has(service: { projectNo: string; assessNumber: number }): boolean;
  count(): number;
  newest(limit: number): ReceivedEvaluation[];
  refusalCount(): number;
  close(): void;
}

/** For whoever watches while the province runs. */
export function openProvinceView(file: string): ProvinceView {
  const database = new Database(file, { readonly: true });
  const count = database.prepare('SELECT count(*) AS n FROM evaluations');
  const refusals = database.prepare('SELECT count(*) AS n FROM refusals');
  const find = database.prepare('SELECT 1 FROM evaluations WHERE project_no = ? AND assess_number = ?');
  const newest = database.prepare(`SELECT ${evaluationColumns} ${joined} ORDER BY e.id DESC LIMIT ?`);
  return {
    has: ({ projectNo, assessNumber }) => find.get(projectNo, String(assessNumber)) !== undefined,
    count: () => (count.get() as { n: number }).n,
    newest: (limit) => newest.all(limit) as ReceivedEvaluation[],
    refusalCount: () => (refusals.get() as { n: number }).n,
    close: () => void database.close(),
  };
}
