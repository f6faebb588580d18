// The national interface over HTTP: POST {url}/service and {url}/evaluation. Tells delivered, already there,
// refused and failed apart; a failure is everything that is not a complete, understandable answer.
import type { DeliveryRules } from '../core/delivery.ts';
import type { SendOptions, SendResult, UpstreamConnector, UpstreamRecord } from './connector.ts';
import {
  defaultParams,
  evaluationParams,
  type NationalIdentity,
  type NationalParams,
  nationalBody,
  serviceParams,
} from './national-mapping.ts';

/** `pf` of a default in the one province known to name it. */
export const CHANNEL_DEFAULT = 7;
const CODE_SUCCESS = '0';
const CODE_ALREADY_THERE = '1002';
const ANSWER_LIMIT_BYTES = 65_536;
const REASON_LIMIT_CHARACTERS = 300;

export interface NationalHttpOptions extends NationalIdentity {
  url: string;
  negativeText: string;
  /** 7 when left out. */
  defaultChannel?: number;
  rules?: DeliveryRules;
  nowMs: () => number;
}

export function makeNationalHttp(options: NationalHttpOptions): UpstreamConnector {
  const base = options.url.replace(/\/+$/, '');
  return {
    rules: options.rules ?? { defaults: 'sent', corrections: 'list', withdrawals: 'list' },
    async send(item, sendOptions) {
      try {
        const path = item.kind === 'service' ? 'service' : 'evaluation';
        return await post(`${base}/${path}`, bodyOf(item, options), sendOptions);
      } catch (error) {
        return { outcome: 'failed', reason: reasonOf(error) };
      }
    },
  };
}

function bodyOf(item: UpstreamRecord, options: NationalHttpOptions): string {
  const params = paramsOf(item, options);
  return JSON.stringify(nationalBody(params, options, options.nowMs()));
}

function paramsOf(item: UpstreamRecord, options: NationalHttpOptions): NationalParams {
  switch (item.kind) {
    case 'service':
      return serviceParams(item.record);
    case 'evaluation':
      return evaluationParams(item.record, options);
    case 'default':
      return defaultParams(item.record, { defaultChannel: options.defaultChannel ?? CHANNEL_DEFAULT });
    case 'withdrawal':
      throw new Error('the national interface has no withdrawal');
  }
}

async function post(url: string, body: string, options: SendOptions): Promise<SendResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': options.idempotencyKey },
    body,
    redirect: 'error',
    signal: options.signal,
  });
  const answer = parseAnswer(await readBounded(response));
  if (response.status !== 200) return { outcome: 'failed', reason: `HTTP ${response.status}` };
  if (!answer) return { outcome: 'failed', reason: 'the answer is not the JSON object it should be' };
  const verdict = response.headers.get('c-response-desc');
  const { code } = answer;
  if (code === CODE_SUCCESS && verdict !== 'fail') return { outcome: 'delivered' };
  if (code === CODE_SUCCESS || verdict === 'success') {
    return { outcome: 'failed', reason: `the answer contradicts itself: ${verdict}, code ${code}` };
  }
  const reason = answer.reason || 'no reason given';
  return code === CODE_ALREADY_THERE
    ? { outcome: 'already-there', code, reason }
    : { outcome: 'refused', code, reason };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > ANSWER_LIMIT_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseAnswer(text: string): { code: string; reason: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { code, msg } = value as { code?: unknown; msg?: unknown };
    if (typeof code !== 'string' && typeof code !== 'number') return undefined;
    return { code: String(code), reason: String(msg ?? '').slice(0, REASON_LIMIT_CHARACTERS) };
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const detail = cause?.code ?? cause?.message;
  return (detail ? `${message}: ${detail}` : message).slice(0, REASON_LIMIT_CHARACTERS);
}
