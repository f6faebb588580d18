// Writes the evaluations of a period to a file or to lines, row by row, from one moment of the database.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Applicant } from '../persons/applicant.ts';
import type { ServiceKey } from '../store/commands/commands.ts';
import { openForReading } from '../store/open-database.ts';
import { type EvaluationRow, evaluationRows, type Period } from './evaluation-rows.ts';
import { type FormatOptions, headOf, lineOf } from './formats.ts';

export interface ExportOptions extends FormatOptions {
  dataFolder: string;
  period: Period;
  /** Only with persons. */
  applicantOf: ((service: ServiceKey) => Applicant | undefined) | undefined;
  write(text: string): void;
}

/** Returns the number of rows. */
export function exportEvaluations(options: ExportOptions): number {
  const { applicantOf, write } = options;
  const database = openForReading(options.dataFolder);
  try {
    database.exec('BEGIN');
    const head = headOf(options);
    if (head !== '') write(head);
    let rows = 0;
    for (const row of evaluationRows(database, options.period)) {
      const applicant = applicantOf && isOfService(row) ? applicantOf(row) : undefined;
      write(lineOf({ ...row, applicant }, options));
      rows += 1;
    }
    return rows;
  } finally {
    database.close();
  }
}

function isOfService(row: EvaluationRow): row is EvaluationRow & ServiceKey {
  return row.projectNo !== undefined && row.assessNumber !== undefined;
}

const CHUNK_CHARACTERS = 65_536;

/** A new file, readable by its owner only. Throws with the code EEXIST when there is one. */
export function openExportFile(file: string): { write(text: string): void; close(): void } {
  const handle = openSync(file, 'wx', 0o600);
  let waiting = '';
  const flush = () => {
    writeSync(handle, waiting);
    waiting = '';
  };
  return {
    write(text) {
      waiting += text;
      if (waiting.length >= CHUNK_CHARACTERS) flush();
    },
    close() {
      flush();
      fsyncSync(handle);
      closeSync(handle);
    },
  };
}
