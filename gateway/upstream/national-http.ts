// The national interface over HTTP, as the profile of a province has it: which address a record goes to, and the
// call itself. A failure is everything that is not a complete, understandable answer.
import type { SendOptions, SendResult, UpstreamConnector, UpstreamRecord } from './connector.ts';
import { meaningOf } from './national-answer.ts';
import { type NationalParams, nationalBody, nationalParams, secondNumber } from './national-mapping.ts';
import type { Profile } from './profile.ts';

const ANSWER_LIMIT_BYTES = 65_536;
const REASON_LIMIT_CHARACTERS = 300;

export interface HttpCall {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  header(name: string): string | null;
  body: string;
}

/** Rejects when there is no complete answer. */
export type HttpPost = (call: HttpCall) => Promise<HttpAnswer>;

export interface NationalHttpOptions {
  /** The network's own when left out; another one in a simulated world. */
  post?: HttpPost;
  profile: Profile;
  url: string;
  appMark: string;
  appWord: string;
  signKey: string | undefined;
  nowMs: () => number;
}

export function makeNationalHttp(options: NationalHttpOptions): UpstreamConnector {
  const { profile } = options;
  const base = options.url.replace(/\/+$/, '');
  const post = options.post ?? postByFetch;
  const call = async (path: string, params: NationalParams, { idempotencyKey, signal }: SendOptions) => {
    const answer = await post({
      url: `${base}/${path}`,
      headers: { 'content-type': 'application/json', 'idempotency-key': encodeURIComponent(idempotencyKey) },
      body: JSON.stringify(nationalBody(params, options)),
      signal,
    });
    const { status, body } = answer;
    return meaningOf({ status, header: answer.header(profile.answer.header), body }, profile);
  };

  const send = async (item: UpstreamRecord, sendOptions: SendOptions): Promise<SendResult> => {
    const { params, suppliedText } = nationalParams(item, profile);
    if (item.kind === 'service') return call(profile.paths.service, params, sendOptions);
    const { corrections, paths } = profile;
    if (item.replaces && corrections.by === 'second') {
      // A service of its own, which must be known before it is assessed.
      const record = { ...item.service, assessNumber: secondNumber(item, corrections.numberOffset) };
      const service = nationalParams({ kind: 'service', record, revision: 1 }, profile);
      const known = await call(paths.service, service.params, {
        ...sendOptions,
        idempotencyKey: `${sendOptions.idempotencyKey}:service`,
      });
      if (known.outcome !== 'delivered' && known.outcome !== 'already-there') return known;
    }
    const path = item.replaces && corrections.by === 'update' ? corrections.path : paths.evaluation;
    const result = await call(path, params, sendOptions);
    return result.outcome === 'delivered' || result.outcome === 'already-there'
      ? { ...result, suppliedText }
      : result;
  };

  return {
    rules: {
      defaults: profile.defaults,
      corrections: profile.corrections.by,
      withdrawals: 'list',
      serviceChanges: profile.serviceChanges === 'again' ? 'sent' : 'none',
    },
    takesApplicants: true,
    async send(item, sendOptions) {
      try {
        return await send(item, sendOptions);
      } catch (error) {
        return { outcome: 'failed', reason: reasonOf(error) };
      }
    },
  };
}

async function postByFetch({ url, ...call }: HttpCall): Promise<HttpAnswer> {
  const response = await fetch(url, { method: 'POST', redirect: 'error', ...call });
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    body: await readBounded(response),
  };
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

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const detail = cause?.code ?? cause?.message;
  return (detail ? `${message}: ${detail}` : message).slice(0, REASON_LIMIT_CHARACTERS);
}
