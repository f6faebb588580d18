// What an answer of the national interface means: delivered, already there, refused, or a failure, which is everything
// that is not a complete and understandable word about the record. Pure.
import type { SendResult } from './connector.ts';
import type { Profile } from './profile.ts';

const REASON_LIMIT_CHARACTERS = 300;

export interface NationalAnswer {
  status: number;
  /** Of the header that the profile names. */
  header: string | null;
  body: string;
}

export function meaningOf(
  { status, header, body }: NationalAnswer,
  { answer }: Pick<Profile, 'answer'>,
): SendResult {
  if (status !== 200) return { outcome: 'failed', reason: `HTTP ${status}` };
  const told = parse(body, answer);
  const saysSuccess = header === answer.headerSuccess;
  const isSuccess = told?.code !== undefined && answer.successCodes.includes(told.code);
  // A body that is there must be understood, whatever the header says: half an answer is none.
  if (!told) return { outcome: 'failed', reason: 'the answer is not the JSON object it should be' };
  if (
    isSuccess
      ? header !== null && !saysSuccess
      : saysSuccess && told.code !== undefined && answer.successCodes.length > 0
  )
    return { outcome: 'failed', reason: `the answer contradicts itself: ${header}, code ${told.code}` };
  if (isSuccess || saysSuccess) return { outcome: 'delivered' };
  const { code, reason } = told;
  if (code === undefined) return { outcome: 'failed', reason: 'the answer has neither code nor verdict' };
  if (answer.failureCodes.includes(code)) return { outcome: 'failed', reason: `${code} ${reason}` };
  return { outcome: answer.alreadyThereCodes.includes(code) ? 'already-there' : 'refused', code, reason };
}

function parse(
  body: string,
  { codeField, reasonField }: Profile['answer'],
): { code: string | undefined; reason: string } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { [codeField]: code, [reasonField]: reason } = value as Record<string, unknown>;
    const isCode = (typeof code === 'string' && code !== '') || typeof code === 'number';
    return {
      code: isCode ? String(code) : undefined,
      reason: String(reason ?? '').slice(0, REASON_LIMIT_CHARACTERS) || 'no reason given',
    };
  } catch {
    return undefined;
  }
}
