// The port between a sender and a way upstream: what is sent, and the four ways a try can end. A connector sends once
// and tells; order, retries and storage are the sender's.
import type { DeliveryRules } from '../core/delivery.ts';

import type { Applicant, SealedPersons } from '../persons/applicant.ts';
import type { CaseDetails } from '../store/commands/commands.ts';

/** A service of a case, sent before its evaluation. Times in milliseconds since 1970-01-01 UTC. */
export interface ServiceRecord {
  projectNo: string;
  assessNumber: number;
  taskCode: string;
  taskName: string;
  projectName: string | undefined;
  areaCode: string | undefined;
  deptCode: string | undefined;
  /** What else the window system said of the case. */
  details: CaseDetails;
  serviceName: string;
  servedAtMs: number;
  acceptedAtMs: number | undefined;
  completedAtMs: number | undefined;
  staff: { badgeId: string; name: string };
  /** As stored; opened only while a connector sends, by `open-applicants.ts`. */
  persons?: SealedPersons | undefined;
  applicant?: Applicant | undefined;
}

/** An evaluation made with a key of an evaluator. */
export interface EvaluationRecord {
  projectNo: string;
  assessNumber: number;
  level: number;
  reasons: number[];
  pressedAtMs: number;
}

/** Set by the rule at the end of the term, because nobody evaluated in time. */
export interface DefaultRecord {
  projectNo: string;
  assessNumber: number;
  level: number;
  termEndsMs: number;
}

/** Nothing counts for the service any more. */
export interface WithdrawalRecord {
  projectNo: string;
  assessNumber: number;
}

export type UpstreamRecord =
  /** `revision`: how often it was told, this time included. */
  | { kind: 'service'; record: ServiceRecord; revision: number }
  | ({ kind: 'evaluation'; record: EvaluationRecord } & Change)
  | ({ kind: 'default'; record: DefaultRecord } & Change)
  | ({ kind: 'withdrawal'; record: WithdrawalRecord } & Change);

interface Change {
  /** How many changes of what counts for the service there were, this one included. */
  revision: number;
  /** What upstream has in its place, in a correction. */
  replaces: Replaced | undefined;
  /** The service it is about, for those who must name it anew. */
  service: ServiceRecord;
}

export interface Replaced {
  idempotencyKey: string;
  kind: 'evaluation' | 'default';
  level: number;
}

export type SendResult =
  /** `suppliedText`: words of the profile that were sent because the evaluation had none. */
  | { outcome: 'delivered'; suppliedText?: string | undefined }
  /** Upstream has this record already; whether from an own try that stayed unanswered, the sender knows. */
  | { outcome: 'already-there'; code: string; reason: string; suppliedText?: string | undefined }
  /** Answered with a refusal: sending it again changes nothing. */
  | { outcome: 'refused'; code: string; reason: string }
  /** Not answered, or not understandably: try again. */
  | { outcome: 'failed'; reason: string };

export interface SendOptions {
  /** The same for every try of one record. */
  idempotencyKey: string;
  signal: AbortSignal;
}

export interface UpstreamConnector {
  readonly rules: DeliveryRules;
  /** Whether applicants are opened for it; others never see personal data. */
  readonly takesApplicants?: boolean;
  send(item: UpstreamRecord, options: SendOptions): Promise<SendResult>;
  /** After the last send has ended. */
  close?(): Promise<void>;
}
