// Records as the national interface names them: field names, codes, times, envelope. Pure. What a province has its own
// way comes from its profile: the numbers of levels and channels above all (GB/T 39046-2020 A.8 counts 1 best).
import type { Applicant, ApplicantKind } from '../persons/applicant.ts';
import type { EvaluationRecord, ServiceRecord, UpstreamRecord } from './connector.ts';
import type { Profile } from './profile.ts';
import { signatureOf } from './signature.ts';

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

export interface NationalMessage {
  params: NationalParams;
  /** The profile's text, where it stands in for an evaluation without reason and text. */
  suppliedText: string | undefined;
}

export function nationalParams(item: UpstreamRecord, profile: Profile): NationalMessage {
  switch (item.kind) {
    case 'service':
      return { params: shaped(serviceParams(item.record), profile), suppliedText: undefined };
    case 'evaluation': {
      const suppliedText = isBare(item.record) ? profile.negativeText : undefined;
      const params = {
        ...assessed(item, profile),
        pf: profile.channels.evaluator,
        evalDetail: item.record.reasons.join(','),
        writingEvaluation: suppliedText ?? '',
        assessTime: nationalTime(item.record.pressedAtMs),
      };
      return { params: shaped(params, profile), suppliedText };
    }
    case 'default': {
      const params = {
        ...assessed(item, profile),
        pf: profile.channels.default,
        evalDetail: '',
        writingEvaluation: '',
        assessTime: nationalTime(item.record.termEndsMs),
      };
      return { params: shaped(params, profile), suppliedText: undefined };
    }
    case 'withdrawal':
      throw new Error('the national interface has no word for a withdrawal');
  }
}

/** The number of the further service under which a correction is assessed. */
export function secondNumber(
  { record, revision }: { record: { assessNumber: number }; revision: number },
  numberOffset: number,
): number {
  return record.assessNumber + numberOffset * (revision - 1);
}

const isBare = ({ level, reasons }: EvaluationRecord) => level <= NEGATIVE_LEVEL_MAX && reasons.length === 0;

function assessed(
  item: Extract<UpstreamRecord, { kind: 'evaluation' | 'default' }>,
  { levels, corrections }: Profile,
): NationalParams {
  const isSecond = item.replaces !== undefined && corrections.by === 'second';
  const number = isSecond ? secondNumber(item, corrections.numberOffset) : item.record.assessNumber;
  return {
    projectNo: item.record.projectNo,
    assessNumber: String(number),
    satisfaction: levels[item.record.level as keyof typeof levels],
  };
}

function serviceParams(service: ServiceRecord): NationalParams {
  const { details } = service;
  const number = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return withoutBlanks({
    projectNo: service.projectNo,
    serviceNumber: String(service.assessNumber),
    serviceName: service.serviceName,
    serviceTime: nationalTime(service.servedAtMs),
    projectName: service.projectName ?? service.taskName,
    taskCode: service.taskCode,
    taskName: service.taskName,
    taskHandleItem: details.taskHandleItem,
    subMatter: details.subMatter,
    areaCode: service.areaCode,
    deptCode: service.deptCode,
    proDepart: details.departmentName,
    proManager: service.staff.name,
    orgcode: details.orgCode,
    orgName: details.orgName,
    projectType: details.projectType,
    promiseDay: number(details.promiseDays),
    anticipateDay: number(details.anticipatedDays),
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

/** Names as the profile has them. */
function shaped(params: NationalParams, { rename, omit, constants }: Profile): NationalParams {
  const kept = Object.entries(params).filter(([name]) => !omit.includes(name));
  return { ...Object.fromEntries(kept.map(([name, value]) => [rename[name] ?? name, value])), ...constants };
}

export interface NationalIdentity {
  profile: Profile;
  appMark: string;
  appWord: string;
  signKey: string | undefined;
  nowMs: () => number;
}

export function nationalBody(params: NationalParams, identity: NationalIdentity) {
  const { appMark, appWord, signKey, profile } = identity;
  const time = nationalTime(identity.nowMs()).replace(/\D/g, '');
  const sign = signatureOf({ time, appMark, appWord }, { signature: profile.signature, signKey });
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
