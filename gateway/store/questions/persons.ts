// Questions about the ciphertext of applicants: whose it is and where it stands. Opens nothing.
import type Database from 'better-sqlite3';
import type { PersonRole, SealedPerson, SealedPersons } from '../../persons/applicant.ts';
import { OF_CASE } from '../commands/person-records.ts';

export interface StoredPersons {
  projectNo: string;
  /** Undefined for the case itself. */
  assessNumber: number | undefined;
  persons: SealedPersons;
}

interface Row extends SealedPerson {
  projectNo: string;
  assessNumber: number;
  role: PersonRole;
}

export function makePersonQuestions(database: Database.Database) {
  const columns = `SELECT project_no AS projectNo, assess_number AS assessNumber, role, lower(hex(person)) AS person, box, mark
     FROM person_record`;
  const ofCase = database.prepare(`${columns} WHERE project_no = ? ORDER BY assess_number`);
  const ofRecord = database.prepare(`${columns} WHERE project_no = ? AND assess_number IN (?, ${OF_CASE})
     ORDER BY assess_number DESC`);
  const casesOf = database
    .prepare('SELECT DISTINCT project_no FROM person_record WHERE person = ? ORDER BY project_no')
    .pluck();

  const grouped = (rows: Row[]): StoredPersons[] => {
    const found = new Map<number, StoredPersons>();
    for (const { projectNo, assessNumber, role, person, box, mark } of rows) {
      const entry = found.get(assessNumber) ?? {
        projectNo,
        assessNumber: assessNumber === OF_CASE ? undefined : assessNumber,
        persons: {},
      };
      entry.persons[role] = { person, box, mark };
      found.set(assessNumber, entry);
    }
    return [...found.values()];
  };

  return {
    /** The case's own first, then its services'. */
    personsOfCase: (projectNo: string) => grouped(ofCase.all(projectNo) as Row[]),
    /** The service's own, or else the case's. */
    personsOfService: (projectNo: string, assessNumber: number): SealedPersons | undefined =>
      grouped(ofRecord.all(projectNo, assessNumber) as Row[])[0]?.persons,
    casesOfPerson: (person: string) => casesOf.all(Buffer.from(person, 'hex')) as string[],
  };
}
