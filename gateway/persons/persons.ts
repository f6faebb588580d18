// The one place where a running gateway turns personal data into ciphertext and back, by way of the vault's thread.
// Whoever opens something for a person to read records who, what and why first (`look-up.ts`); what is sealed,
// opened or identified here is never logged.
import {
  type Applicant,
  applicantOf,
  type PersonRole,
  recordsOf,
  type SealedPerson,
  type SealedPersons,
} from './applicant.ts';
import { type Opened, openVault, type VaultOptions } from './vault.ts';
import { startVaultThread, type VaultQuestion, type VaultThread } from './vault-client.ts';

export interface OpenedApplicant {
  /** Undefined if nothing of it can be read. */
  applicant: Applicant | undefined;
  /** The key of at least one of its persons was destroyed. */
  forgotten: boolean;
}

export interface Persons {
  /** Rejects with StoreUnavailable while no key can be kept. */
  seal(applicant: Applicant, at: { projectNo: string }): Promise<SealedPersons>;
  open(sealed: SealedPersons): Promise<OpenedApplicant>;
  stop(): Promise<void>;
}

/**
 * Throws VaultError when the keys cannot be used. The thread starts with the first applicant, as many halls hand in
 * none, and anew after it has ended.
 */
export function startPersons(options: VaultOptions): Persons {
  openVault(options).close();
  let thread: VaultThread | undefined;
  const ask = <Out>(question: VaultQuestion): Promise<Out> => {
    if (!thread || thread.ended()) thread = startVaultThread(options);
    return thread.ask(question) as Promise<Out>;
  };

  return {
    async seal(applicant, at) {
      const records = recordsOf(applicant, at);
      const sealed = await ask<SealedPersons[PersonRole][]>({ seal: records.map(({ record }) => record) });
      return Object.fromEntries(records.map(({ role }, index) => [role, sealed[index]]));
    },
    async open(persons) {
      const entries = Object.entries(persons) as [PersonRole, SealedPerson][];
      if (entries.length === 0) return { applicant: undefined, forgotten: false };
      const opened = await ask<Opened[]>({ open: entries.map(([, sealed]) => sealed) });
      return openedApplicant(
        entries.map(([role]) => role),
        opened,
      );
    },
    async stop() {
      await thread?.stop();
    },
  };
}

export function openedApplicant(roles: readonly PersonRole[], opened: readonly Opened[]): OpenedApplicant {
  const contents = opened.map((item, index) => [
    roles[index],
    item.state === 'open' ? item.content : undefined,
  ]);
  return {
    applicant: applicantOf(Object.fromEntries(contents)),
    forgotten: opened.some(({ state }) => state === 'forgotten'),
  };
}
