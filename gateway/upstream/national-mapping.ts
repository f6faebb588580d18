// Records as the national interface names them: field names, codes, times, signature. Pure; a province that
// differs gets a profile of its own. Satisfaction counts 5 best here (GB/T 39046-2020 A.8 counts the other way).
import { createHmac } from 'node:crypto';
import type { Applicant, ApplicantKind } from '../persons/applicant.ts';
import type { DefaultRecord, EvaluationRecord, ServiceRecord } from './connector.ts';

/** `pf`: evaluator or tablet at the window. */
const CHANNEL_EVALUATOR = '4';
/** `proChannel`: at the hall. */
const SERVICE_AT_HALL = '2';
/** `proStatus`: accepted, completed. */
const STATUS_ACCEPTED = '2';
const STATUS_COMPLETED = '3';
/** Levels of a negative evaluation, which upstream refuses without reason and text. */
const NEGATIVE_LEVEL_MAX = 2;
/** China has one zone and no summer time: UTC+8, whatever the zone of the server. */
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

export type NationalParams = Record<string, string>;

export function serviceParams(service: ServiceRecord): NationalParams {
  return withoutBlanks({
    projectNo: service.projectNo,
    serviceNumber: String(service.assessNumber),
    serviceName: service.serviceName,
    serviceTime: nationalTime(service.servedAtMs),
    projectName: service.projectName ?? service.taskName,
    taskCode: service.taskCode,
    taskName: service.taskName,
    areaCode: service.areaCode,
    deptCode: service.deptCode,
    proManager: service.staff.name,
    proChannel: SERVICE_AT_HALL,
    proStatus: service.completedAtMs === undefined ? STATUS_ACCEPTED : STATUS_COMPLETED,
    acceptDate: service.acceptedAtMs === undefined ? undefined : nationalTime(service.acceptedAtMs),
    resultDate: service.completedAtMs === undefined ? undefined : nationalTime(service.completedAtMs),
    ...personParams(service.applicant ?? {}),
  });
}

/** `userProp`. */
const APPLICANT_KIND_CODES: Record<ApplicantKind, string> = {
  'natural-person': '1',
  company: '2',
  institution: '3',
  'social-organisation': '4',
  'unincorporated-enterprise': '5',
  'administrative-organ': '6',
  other: '9',
};

/** The certificate goes under two names: those of the person, and those of the service record. */
function personParams({ name, kind, document, nationalAccount, mobile, agent }: Applicant) {
  return {
    userName: name,
    userProp: kind && APPLICANT_KIND_CODES[kind],
    userPageType: document?.type,
    certKey: document?.number,
    certKeyGOV: nationalAccount,
    handleUserName: agent?.name,
    handleUserPageType: agent?.document?.type,
    handleUserPageCode: agent?.document?.number,
    mobile,
    creditType: document?.type,
    creditNum: document?.number,
  };
}

/** `negativeText` stands in only where a negative evaluation has no reason; it is never stored as anyone's words. */
export function evaluationParams(
  evaluation: EvaluationRecord,
  profile: { negativeText: string },
): NationalParams {
  const bare = evaluation.level <= NEGATIVE_LEVEL_MAX && evaluation.reasons.length === 0;
  return {
    projectNo: evaluation.projectNo,
    assessNumber: String(evaluation.assessNumber),
    pf: CHANNEL_EVALUATOR,
    satisfaction: String(evaluation.level),
    evalDetail: evaluation.reasons.join(','),
    writingEvaluation: bare ? profile.negativeText : '',
    assessTime: nationalTime(evaluation.pressedAtMs),
  };
}

/** `defaultChannel` is the profile's `pf` for defaults, never that of an evaluator: a default must not look like a press. */
export function defaultParams(record: DefaultRecord, profile: { defaultChannel: number }): NationalParams {
  return {
    projectNo: record.projectNo,
    assessNumber: String(record.assessNumber),
    pf: String(profile.defaultChannel),
    satisfaction: String(record.level),
    evalDetail: '',
    writingEvaluation: '',
    assessTime: nationalTime(record.termEndsMs),
  };
}

export interface NationalIdentity {
  appMark: string;
  appWord: string;
}

export function nationalBody(params: NationalParams, { appMark, appWord }: NationalIdentity, nowMs: number) {
  const time = nationalTime(nowMs).replace(/\D/g, '');
  const sign = createHmac('sha256', appWord)
    .update(time + appMark)
    .digest('hex');
  return { txnBodyCom: { appMark, time, sign, params }, txnCommCom: {} };
}

/** yyyy-MM-dd HH:mm:ss in Asia/Shanghai. */
export function nationalTime(timeMs: number): string {
  return new Date(timeMs + SHANGHAI_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

function withoutBlanks(params: Record<string, string | undefined>): NationalParams {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
