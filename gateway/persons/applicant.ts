// What is known of an applicant, in the field's English words: parsed at the edge of the API, sealed before anything
// is stored. And what identifies the person, so that the same one is recognised again.

export const APPLICANT_KINDS = [
  'natural-person',
  'company',
  'institution',
  'social-organisation',
  'unincorporated-enterprise',
  'administrative-organ',
  'other',
] as const;
export type ApplicantKind = (typeof APPLICANT_KINDS)[number];

/** A certificate: `type` is the national code, 111 for an identity card. */
export interface IdentityDocument {
  type: string;
  number: string;
}

/** Who came for somebody else (经办人). */
export interface Agent {
  name?: string;
  document?: IdentityDocument;
}

export interface Applicant {
  name?: string;
  kind?: ApplicantKind;
  document?: IdentityDocument;
  /** Identifier of the person on the national portal (国家平台用户标识). */
  nationalAccount?: string;
  mobile?: string;
  agent?: Agent;
}

export type PersonRole = 'applicant' | 'agent';

/** What is sealed under one person's key. */
export interface PersonalRecord {
  /** The same text for the same person; never stored. */
  identity: string;
  content: object;
}

/** A person's words and numbers as they are stored: useless without the key that `person` names. */
export interface SealedPerson {
  /** 32 hexadecimal digits, random. */
  person: string;
  /** Base64 of the AES-256-GCM ciphertext. */
  box: string;
  /** 32 hexadecimal digits, the same for the same content as long as the person's key exists. */
  mark: string;
}

/** An applicant as stored: the agent is a person of their own, with their own key. */
export type SealedPersons = Partial<Record<PersonRole, SealedPerson>>;

/** One record for each person in it, in the order of roles. */
export function recordsOf(
  { agent, ...applicant }: Applicant,
  { projectNo }: { projectNo: string },
): { role: PersonRole; record: PersonalRecord }[] {
  const records: { role: PersonRole; record: PersonalRecord }[] = [];
  const add = (role: PersonRole, content: { document?: IdentityDocument }) => {
    if (Object.keys(content).length === 0) return;
    const identity = content.document ? identityOf(content.document) : `case ${projectNo} ${role}`;
    records.push({ role, record: { identity, content } });
  };
  add('applicant', applicant);
  if (agent) add('agent', agent);
  return records;
}

/** Without a document nobody is recognised beyond their case. */
export function identityOf({ type, number }: IdentityDocument): string {
  return `document ${type} ${number.replace(/\s/g, '').toUpperCase()}`;
}

/** The opposite of `recordsOf`: contents by role, undefined where a key was destroyed. */
export function applicantOf(
  contents: Partial<Record<PersonRole, object | undefined>>,
): Applicant | undefined {
  const { applicant, agent } = contents as { applicant?: Applicant; agent?: Agent };
  if (!applicant && !agent) return undefined;
  return { ...applicant, ...(agent && { agent }) };
}
