// The gateway's HTTP API v1 as a window system calls it: bearer key, idempotency keys, retries of what may be
// retried. Answers are returned; a refusal (4xx) and a gateway that stays away are values, never exceptions.
import { randomUUID } from 'node:crypto';
import type { WorldClock } from '../ports.ts';
import { delay } from './delay.ts';

export interface GatewayApiOptions {
  url: string;
  key: string;
  clock: WorldClock;
  /** Ends retries and waits. */
  signal: AbortSignal;
}

export type ApiResult<T> =
  | { ok: true; status: number; body: T }
  | { ok: false; code: string; message: string; field?: string };

export interface EvaluationRow {
  id: number;
  device: string;
  seq: number;
  level: number;
  pressedAt: string | null;
  receivedAt: string;
  state: string;
  services: {
    projectNo: string;
    assessNumber: number;
    taskName: string;
    upstream: 'waiting' | 'delivered' | 'refused';
  }[];
}

export interface CallOptions {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}

export interface GatewayApi {
  call<T>(options: CallOptions): Promise<ApiResult<T>>;
  /** One attempt, for whoever polls anyway. */
  callOnce<T>(options: CallOptions): Promise<ApiResult<T>>;
}

const ATTEMPTS_LIMIT = 60;
const ATTEMPT_TIMEOUT_MS = 5000;
const BACKOFF_START_MS = 100;
const BACKOFF_LIMIT_MS = 1000;

export function createGatewayApi(options: GatewayApiOptions): GatewayApi {
  const attempt = async <T>(call: CallOptions, idempotencyKey: string) => {
    const response = await fetch(new URL(call.path, options.url), {
      method: call.method,
      headers: {
        authorization: `Bearer ${options.key}`,
        ...(call.method === 'GET' ? {} : { 'idempotency-key': idempotencyKey }),
        ...(call.body ? { 'content-type': 'application/json' } : {}),
      },
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
  };
  const tryOnce = async <T>(call: CallOptions, idempotencyKey: string) => {
    try {
      const { status, body } = await attempt<T>(call, idempotencyKey);
      if (status < 400) return { result: { ok: true, status, body } as ApiResult<T>, final: true };
      const final = status < 500 && status !== 429 && status !== 408;
      return { result: refused<T>(status, body), final };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { result: { ok: false, code: 'api.unreachable', message } as ApiResult<T>, final: false };
    }
  };
  return {
    callOnce: async (call) => (await tryOnce(call, randomUUID())).result as never,
    call: async <T>(call: CallOptions) => {
      const idempotencyKey = randomUUID();
      let backoffMs = BACKOFF_START_MS;
      for (let attempts = 1; ; attempts += 1) {
        const { result, final } = await tryOnce<T>(call, idempotencyKey);
        if (final || options.signal.aborted || attempts === ATTEMPTS_LIMIT) return result;
        await delay(options.clock, backoffMs, options.signal);
        backoffMs = Math.min(2 * backoffMs, BACKOFF_LIMIT_MS);
      }
    },
  };
}

function refused<T>(status: number, body: unknown): ApiResult<T> {
  const { code, message, field } = (body ?? {}) as { code?: string; message?: string; field?: string };
  return {
    ok: false,
    code: code ?? `http.${status}`,
    message: message ?? '',
    ...(field === undefined ? {} : { field }),
  };
}
