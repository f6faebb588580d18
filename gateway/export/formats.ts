// Rows as lines: CSV (RFC 4180) with Chinese headings, or JSON lines with English names. For a spreadsheet, CSV gets
// a mark that says UTF-8, and what a spreadsheet would turn into something else is kept as text.
import { isoTime } from '../http/times.ts';
import type { Applicant } from '../persons/applicant.ts';
import type { EvaluationRow } from './evaluation-rows.ts';

export type ExportFormat = 'csv' | 'jsonl';
/** With an applicant, undefined where the case names none or the person was forgotten. */
export type ExportRow = EvaluationRow & { applicant?: Applicant | undefined };

export interface FormatOptions {
  format: ExportFormat;
  forSpreadsheet: boolean;
  withPersons: boolean;
}

const LEVEL_NAMES: Record<number, string> = {
  5: '非常满意',
  4: '满意',
  3: '基本满意',
  2: '不满意',
  1: '非常不满意',
};
const STATES: Record<string, string> = {
  effective: '有效',
  duplicate: '重复',
  late: '逾期',
  excluded: '已排除',
  unmatched: '未关联',
};
const text = (value: string | number | undefined) => (value === undefined ? '' : String(value));

const COLUMNS: [heading: string, value: (row: ExportRow) => string][] = [
  ['评价编号', ({ id }) => text(id)],
  ['评价方式', ({ origin }) => (origin === 'press' ? '评价器' : '默认评价')],
  ['满意度', ({ level }) => text(level)],
  ['满意度名称', ({ level }) => LEVEL_NAMES[level] ?? ''],
  ['原因代码', ({ reasons }) => reasons.join(' ')],
  ['评价时间', ({ atMs }) => localTime(atMs)],
  ['接收时间', ({ receivedMs }) => (receivedMs === undefined ? '' : localTime(receivedMs))],
  ['评价状态', ({ state }) => STATES[state] ?? state],
  ['是否计入', ({ counts }) => (counts ? '是' : '否')],
  ['办件编号', ({ projectNo }) => text(projectNo)],
  ['服务次序', ({ assessNumber }) => text(assessNumber)],
  ['事项编码', ({ taskCode }) => text(taskCode)],
  ['事项名称', ({ taskName }) => text(taskName)],
  ['服务名称', ({ serviceName }) => text(serviceName)],
  ['窗口', ({ window }) => text(window)],
  ['工作编号', ({ badgeId }) => text(badgeId)],
  ['工作人员', ({ staffName }) => text(staffName)],
  ['评价器', ({ device }) => text(device)],
  ['记录序号', ({ seq }) => text(seq)],
];
const PERSON_COLUMNS: typeof COLUMNS = [
  ['申请人', ({ applicant }) => text(applicant?.name)],
  ['证件类型', ({ applicant }) => text(applicant?.document?.type)],
  ['证件号码', ({ applicant }) => text(applicant?.document?.number)],
  ['联系电话', ({ applicant }) => text(applicant?.mobile)],
  ['经办人', ({ applicant }) => text(applicant?.agent?.name)],
  ['经办人证件号码', ({ applicant }) => text(applicant?.agent?.document?.number)],
];

/** Before the first row; empty for JSON lines. */
export function headOf(options: FormatOptions): string {
  if (options.format === 'jsonl') return '';
  return (
    (options.forSpreadsheet ? '\ufeff' : '') +
    csvLine(
      columnsOf(options).map(([heading]) => heading),
      options,
    )
  );
}

export function lineOf(row: ExportRow, options: FormatOptions): string {
  if (options.format === 'csv')
    return csvLine(
      columnsOf(options).map(([, value]) => value(row)),
      options,
    );
  const { atMs, receivedMs, applicant, ...rest } = row;
  return `${JSON.stringify({
    ...rest,
    at: isoTime(atMs),
    ...(receivedMs !== undefined && { receivedAt: isoTime(receivedMs) }),
    ...(options.withPersons && { applicant: applicant ?? null }),
  })}\n`;
}

const columnsOf = ({ withPersons }: FormatOptions) =>
  withPersons ? [...COLUMNS, ...PERSON_COLUMNS] : COLUMNS;

function csvLine(fields: string[], { forSpreadsheet }: FormatOptions): string {
  const cells = forSpreadsheet ? fields.map(keptAsText) : fields;
  return `${cells.map(quoted).join(',')}\r\n`;
}

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** More digits than a spreadsheet's number holds, and what it would run as a formula, follow a tab. */
function keptAsText(field: string): string {
  return /^[=+\-@\t\r]/.test(field) || /^\d{12,}$/.test(field) ? `\t${field}` : field;
}

/** yyyy-MM-dd HH:mm:ss in Asia/Shanghai, which spreadsheets understand. */
const localTime = (timeMs: number) => isoTime(timeMs).slice(0, 19).replace('T', ' ');
