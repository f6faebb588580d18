// The province's own durable memory: one SQLite file with the service records, each accepted evaluation once,
// and every refusal. An answer of success leaves only after the transaction is on the disk.
import Database from 'better-sqlite3';
import type { EvaluationRecord, ServiceRecord } from './fields.ts';
import type { Refusal } from './refusals.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS services (
    project_no TEXT NOT NULL,
    service_number TEXT NOT NULL,
    task_name TEXT NOT NULL,
    body TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (project_no, service_number)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS evaluations (
    id INTEGER PRIMARY KEY,
    project_no TEXT NOT NULL,
    assess_number TEXT NOT NULL,
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
    channel TEXT NOT NULL,
    reasons TEXT NOT NULL,
    writing TEXT NOT NULL,
    assess_time TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    UNIQUE (project_no, assess_number)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS refusals (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    body TEXT NOT NULL,
    received_ms INTEGER NOT NULL
  ) STRICT;
`;

/** Of a refused call this much is kept. */
const REFUSED_BODY_LIMIT_CHARACTERS = 4096;

export interface ProvinceStore {
  putService(record: ServiceRecord, nowMs: number): void;
  hasService(projectNo: string, serviceNumber: string): boolean;
  hasEvaluation(projectNo: string, assessNumber: string): boolean;
  addEvaluation(record: EvaluationRecord, nowMs: number): void;
  replaceEvaluation(record: EvaluationRecord, nowMs: number): void;
  addRefusal(entry: { path: string; refusal: Refusal; body: string; nowMs: number }): void;
  close(): void;
}

/** `durable: false` only where no power can be cut, as in virtual time. */
export function openProvinceStore(file: string, { durable } = { durable: true }): ProvinceStore {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
  database.exec(schema);
  const putService = database.prepare(
    `INSERT INTO services VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET task_name = excluded.task_name, body = excluded.body`,
  );
  const findService = database.prepare('SELECT 1 FROM services WHERE project_no = ? AND service_number = ?');
  const findEvaluation = database.prepare(
    'SELECT 1 FROM evaluations WHERE project_no = ? AND assess_number = ?',
  );
  const addEvaluation = database.prepare(
    `INSERT INTO evaluations (project_no, assess_number, level, channel, reasons, writing, assess_time, received_ms)
     VALUES (@projectNo, @assessNumber, @level, @channel, @reasons, @writing, @assessTime, @nowMs)`,
  );
  const replaceEvaluation = database.prepare(
    `UPDATE evaluations SET level = @level, channel = @channel, reasons = @reasons, writing = @writing,
       assess_time = @assessTime, received_ms = @nowMs
     WHERE project_no = @projectNo AND assess_number = @assessNumber`,
  );
  const addRefusal = database.prepare(
    'INSERT INTO refusals (path, code, message, body, received_ms) VALUES (?, ?, ?, ?, ?)',
  );
  return {
    putService: (record, nowMs) =>
      void putService.run(
        record.projectNo,
        record.serviceNumber,
        record.taskName,
        JSON.stringify(record),
        nowMs,
      ),
    hasService: (projectNo, serviceNumber) => findService.get(projectNo, serviceNumber) !== undefined,
    hasEvaluation: (projectNo, assessNumber) => findEvaluation.get(projectNo, assessNumber) !== undefined,
    addEvaluation: (record, nowMs) => void addEvaluation.run({ ...record, nowMs }),
    replaceEvaluation: (record, nowMs) => void replaceEvaluation.run({ ...record, nowMs }),
    addRefusal: ({ path, refusal, body, nowMs }) =>
      void addRefusal.run(
        path,
        refusal.code,
        refusal.message,
        body.slice(0, REFUSED_BODY_LIMIT_CHARACTERS),
        nowMs,
      ),
    close: () => void database.close(),
  };
}
