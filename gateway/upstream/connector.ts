// The port between the sender and a way to the provincial system: what is sent, and the four ways a try can end.
// A connector sends once and tells; order, retries and storage are the sender's.

import type { Applicant, SealedPersons } from '../persons/applicant.ts';

/** A service of a case, sent before its evaluation. Times in milliseconds since 1970-01-01 UTC. */
export interface ServiceRecord {
  projectNo: string;
  assessNumber: number;
  taskCode: string;
  taskName: string;
  projectName: string | undefined;
  areaCode: string | undefined;
  deptCode: string | undefined;
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

export type UpstreamRecord =
  | { kind: 'service'; record: ServiceRecord }
  | { kind: 'evaluation'; record: EvaluationRecord }
  | { kind: 'default'; record: DefaultRecord };

export type SendResult =
  | { outcome: 'delivered' }
  /** Upstream has this record already; whether from an own try that stayed unanswered, the sender knows. */
  | { outcome: 'already-there'; code: string; reason: string }
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
  send(item: UpstreamRecord, options: SendOptions): Promise<SendResult>;
}
