// The outer body of a call (`txnBodyCom`): shape, time and signature. Takes the raw text, returns the inner
// parameters or a refusal. It knows nothing of services and evaluations.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Refusal, refusal } from './refusals.ts';

export interface ProvinceCredentials {
  appMark: string;
  appWord: string;
  /** How the province has envelopes signed, where it is not HMAC-SHA256 over time and appMark. */
  sign?: (time: string) => string;
}

export interface EnvelopeCheck {
  credentials: ProvinceCredentials;
  /** The province's clock, milliseconds since 1970-01-01 UTC. */
  nowMs: number;
}

export type OpenedEnvelope = { ok: true; params: Record<string, unknown> } | { ok: false; refusal: Refusal };

/** A signed time further from the province's clock is taken for a replay. */
const TIME_TOLERANCE_MS = 10 * 60_000;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

export function signCall(credentials: ProvinceCredentials, time: string): string {
  if (credentials.sign) return credentials.sign(time);
  return createHmac('sha256', credentials.appWord)
    .update(time + credentials.appMark)
    .digest('hex');
}

/** yyyyMMddHHmmss, Asia/Shanghai, or undefined when it is no such time. */
export function parseCompactTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  return formatCompact(utc) === text ? utc - SHANGHAI_OFFSET_MS : undefined;
}

const formatCompact = (utcMs: number) => new Date(utcMs).toISOString().slice(0, 19).replace(/[-T:]/g, '');

export function compactTime(wallMs: number): string {
  return formatCompact(wallMs + SHANGHAI_OFFSET_MS);
}

export function openEnvelope(text: string, check: EnvelopeCheck): OpenedEnvelope {
  const refuse = (code: '1004' | '1005', detail?: string): OpenedEnvelope => ({
    ok: false,
    refusal: refusal(code, detail),
  });
  const body = asObject(parseJson(text));
  if (!body) return refuse('1005', 'body');
  const inner = asObject(body.txnBodyCom);
  if (!inner) return refuse('1005', 'txnBodyCom');
  if (!asObject(body.txnCommCom)) return refuse('1005', 'txnCommCom');
  const { appMark, time, sign } = inner;
  if (typeof appMark !== 'string' || appMark === '') return refuse('1005', 'appMark');
  const timeMs = typeof time === 'string' ? parseCompactTime(time) : undefined;
  if (timeMs === undefined) return refuse('1005', 'time');
  if (typeof sign !== 'string' || !/^[0-9a-fA-F]{64}$/.test(sign)) return refuse('1005', 'sign');
  if (appMark !== check.credentials.appMark) return refuse('1004', 'appMark');
  const expected = Buffer.from(signCall(check.credentials, time as string), 'hex');
  if (!timingSafeEqual(expected, Buffer.from(sign, 'hex'))) return refuse('1004');
  if (Math.abs(timeMs - check.nowMs) > TIME_TOLERANCE_MS) return refuse('1004', 'time');
  const params = asObject(inner.params);
  return params ? { ok: true, params } : refuse('1005', 'params');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
