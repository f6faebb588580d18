// Who applied, of a case or a service, as ciphertext: kept beside the record so that it is found without reading
// facts. Runs inside the transaction of the record.
import type Database from 'better-sqlite3';
import type { PersonRole, SealedPerson, SealedPersons } from '../../persons/applicant.ts';
import type { ServiceKey } from './commands.ts';

/** In place of a service's number: the record belongs to the case. */
export const OF_CASE = 0;

export interface PersonRecords {
  /** Whether the same persons with the same content are stored already. */
  same(key: ServiceKey, persons: SealedPersons): boolean;
  /** Replaces those that were stored. */
  put(key: ServiceKey, persons: SealedPersons): void;
}

export function makePersonRecords(database: Database.Database): PersonRecords {
  const stored = database.prepare(
    'SELECT role, lower(hex(person)) AS person, mark FROM person_record WHERE project_no = ? AND assess_number = ?',
  );
  const clear = database.prepare('DELETE FROM person_record WHERE project_no = ? AND assess_number = ?');
  const insert = database.prepare(
    'INSERT INTO person_record (project_no, assess_number, role, person, box, mark) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return {
    same({ projectNo, assessNumber }, persons) {
      const rows = stored.all(projectNo, assessNumber) as {
        role: PersonRole;
        person: string;
        mark: string;
      }[];
      return (
        rows.length === Object.keys(persons).length &&
        rows.every(
          ({ role, person, mark }) => persons[role]?.person === person && persons[role].mark === mark,
        )
      );
    },
    put({ projectNo, assessNumber }, persons) {
      clear.run(projectNo, assessNumber);
      for (const [role, sealed] of Object.entries(persons) as [PersonRole, SealedPerson][])
        insert.run(projectNo, assessNumber, role, Buffer.from(sealed.person, 'hex'), sealed.box, sealed.mark);
    },
  };
}

export function personsInFact(persons: SealedPersons): { persons?: SealedPersons } {
  return Object.keys(persons).length === 0 ? {} : { persons };
}
