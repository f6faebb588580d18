// Personal data for the command line, beside a running gateway or without one: looking it up with a reason, and
// destroying the keys of a person for ever.
import type { GatewayConfig } from './config/load.ts';
import { type DeviceDatabase, openDeviceDatabase } from './fleet-access.ts';
import {
  type Applicant,
  type IdentityDocument,
  identityOf,
  type PersonRole,
  type SealedPersons,
} from './persons/applicant.ts';
import { type FoundApplicant, type LookUp, lookUpCase, personsIn } from './persons/look-up.ts';
import { type OpenedApplicant, openedApplicant } from './persons/persons.ts';
import { openVault, type Vault, VaultError } from './persons/vault.ts';
import { StartFailure } from './start-failure.ts';
import type { ServiceKey } from './store/commands/commands.ts';

export interface PersonDatabase {
  lookUp(look: LookUp & { projectNo: string }): Promise<FoundApplicant[]>;
  /** Records who takes the applicants of many services and why, and only then gives the way to open them. */
  openMany(look: LookUp & { subject: string }): Promise<(service: ServiceKey) => Applicant | undefined>;
  /** Persons of a case whose keys exist. */
  personsOfCase(projectNo: string): string[];
  personWith(document: IdentityDocument): string | undefined;
  /** Cases that name the person. */
  casesOf(person: string): string[];
  /** On record first, then destroyed; may be repeated if it was interrupted. */
  forget(person: string, who: { by: string; reason: string }): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with StartFailure when database or keys cannot be opened. */
export async function openPersonDatabase(config: GatewayConfig): Promise<PersonDatabase> {
  const open = await openDeviceDatabase(config);
  try {
    return makePersonDatabase(open, openVault({ ...config.personKeys, keys: open.masterKeys }));
  } catch (error) {
    await open.close();
    throw error instanceof VaultError ? new StartFailure(error.message) : error;
  }
}

function makePersonDatabase({ writer, reader, clock, close }: DeviceDatabase, vault: Vault): PersonDatabase {
  const openSealed = (sealed: SealedPersons): OpenedApplicant => {
    const roles = Object.keys(sealed) as PersonRole[];
    return openedApplicant(roles, vault.open(roles.map((role) => sealed[role]!)));
  };
  return {
    lookUp: (look) => lookUpCase({ writer, reader, clock, open: openSealed }, look),
    async openMany({ subject, ...who }) {
      await writer.submit('record-look-up', { subject, persons: [], ...who, atMs: clock.nowMs() });
      return ({ projectNo, assessNumber }) => {
        const sealed = reader.personsOfService(projectNo, assessNumber);
        return sealed && openSealed(sealed).applicant;
      };
    },
    personsOfCase: (projectNo) =>
      personsIn(reader.personsOfCase(projectNo).map(({ persons }) => persons)).filter(
        (person) => vault.state(person) === 'kept',
      ),
    personWith: (document) => vault.find(identityOf(document)),
    casesOf: (person) => reader.casesOfPerson(person),
    async forget(person, who) {
      await writer.submit('record-forgetting', { person, ...who, atMs: clock.nowMs() });
      vault.forget(person);
    },
    async close() {
      vault.close();
      await close();
    },
  };
}
