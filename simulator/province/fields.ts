// Names, formats and codes of the national interface as the province checks them: one table per record. Takes
// the parameters of a call, returns the typed record or the first field that is missing or malformed (1005).
// Sources: 国办发〔2019〕51号 and GB/T 39735-2020 as provinces implement them; lengths count characters.

export interface ServiceRecord {
  projectNo: string;
  serviceNumber: string;
  serviceName: string;
  serviceTime: string;
  projectName: string;
  taskCode: string;
  taskName: string;
  proManager: string;
}

export interface EvaluationRecord {
  projectNo: string;
  assessNumber: string;
  channel: string;
  level: number;
  reasons: string;
  writing: string;
  assessTime: string;
}

export type FieldsResult<T> = { ok: true; record: T } | { ok: false; field: string };

interface FieldRule {
  field: string;
  pattern: RegExp;
  required: boolean;
}

const required = (field: string, pattern: RegExp): FieldRule => ({ field, pattern, required: true });
const optional = (field: string, pattern: RegExp): FieldRule => ({ field, pattern, required: false });
const text = (limitCharacters: number) => new RegExp(`^.{1,${limitCharacters}}$`, 'su');
const number = /^[0-9A-Za-z-]{1,64}$/;
const dateTime = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

const caseRules = [
  optional('areaCode', /^\d{12}$/),
  optional('deptCode', /^[0-9A-Z]{18}$/),
  optional('taskHandleItem', /^[0-9A-Z]{33}$/),
  optional('acceptDate', dateTime),
  optional('resultDate', dateTime),
];

const serviceRules = [
  required('projectNo', number),
  required('serviceNumber', number),
  required('serviceName', text(100)),
  required('serviceTime', dateTime),
  required('projectName', text(200)),
  required('taskCode', /^[0-9A-Z]{31}$/),
  required('taskName', text(200)),
  required('proManager', text(50)),
  required('proChannel', /^[12]$/),
  required('proStatus', /^[123]$/),
  ...caseRules,
];

const evaluationRules = [
  required('projectNo', number),
  required('assessNumber', number),
  required('pf', /^[1-7]$/),
  required('satisfaction', /^[1-5]$/),
  required('assessTime', dateTime),
  optional('evalDetail', /^\d{3}(,\d{3}){0,7}$/),
  optional('writingEvaluation', text(500)),
];

export function parseService(params: Record<string, unknown>): FieldsResult<ServiceRecord> {
  const field = firstWrong(params, serviceRules);
  if (field) return { ok: false, field };
  const values = params as Record<string, string>;
  if (values.taskHandleItem && !values.taskHandleItem.startsWith(values.taskCode!))
    return { ok: false, field: 'taskHandleItem' };
  return { ok: true, record: params as unknown as ServiceRecord };
}

export function parseEvaluation(params: Record<string, unknown>): FieldsResult<EvaluationRecord> {
  const field = firstWrong(params, evaluationRules);
  if (field) return { ok: false, field };
  const values = params as Record<string, string>;
  const reasons = values.evalDetail ?? '';
  // National reason codes are numbered by level: 5xx for 非常满意 down to 1xx.
  if (reasons !== '' && reasons.split(',').some((code) => code[0] !== values.satisfaction))
    return { ok: false, field: 'evalDetail' };
  const record = {
    projectNo: values.projectNo!,
    assessNumber: values.assessNumber!,
    channel: values.pf!,
    level: Number(values.satisfaction),
    reasons,
    writing: values.writingEvaluation ?? '',
    assessTime: values.assessTime!,
  };
  return { ok: true, record };
}

function firstWrong(params: Record<string, unknown>, rules: FieldRule[]): string | undefined {
  for (const rule of rules) {
    const value = params[rule.field];
    const absent = value === undefined || value === null || value === '';
    if (absent ? rule.required : typeof value !== 'string' || !rule.pattern.test(value)) return rule.field;
  }
  return undefined;
}
