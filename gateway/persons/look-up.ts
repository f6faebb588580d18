// The one place where personal data is opened for somebody to read. Who, what and why is on disk before anything is
// opened; a look-up that cannot be recorded does not happen.
import type { Clock, Writer } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { SealedPersons } from './applicant.ts';
import type { OpenedApplicant } from './persons.ts';

export interface LookUpParts {
  writer: Writer;
  reader: Pick<Reader, 'personsOfCase'>;
  clock: Clock;
  open: (sealed: SealedPersons) => OpenedApplicant | Promise<OpenedApplicant>;
}

export interface LookUp {
  /** A person with a name or a badge, not a system. */
  by: string;
  reason: string;
  /** The command line, or the system whose key was used. */
  via: string;
}

export interface FoundApplicant extends OpenedApplicant {
  /** Undefined for the case itself. */
  assessNumber: number | undefined;
}

/** Empty if the case names nobody; that is recorded as well. */
export async function lookUpCase(
  { writer, reader, clock, open }: LookUpParts,
  { projectNo, ...who }: LookUp & { projectNo: string },
): Promise<FoundApplicant[]> {
  const stored = reader.personsOfCase(projectNo);
  await writer.submit('record-look-up', {
    subject: projectNo,
    persons: personsIn(stored.map(({ persons }) => persons)),
    ...who,
    atMs: clock.nowMs(),
  });
  return Promise.all(
    stored.map(async ({ assessNumber, persons }) => ({ assessNumber, ...(await open(persons)) })),
  );
}

/** Each person once. */
export function personsIn(records: readonly SealedPersons[]): string[] {
  return [...new Set(records.flatMap((persons) => Object.values(persons).map(({ person }) => person)))];
}
