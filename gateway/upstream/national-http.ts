// The national interface over HTTP, as the profile of a province has it: which address a record goes to, and the
// call itself. A failure is everything that is not a complete, understandable answer.
import type { SendOptions, SendResult, UpstreamConnector, UpstreamRecord } from './connector.ts';
import { meaningOf } from './national-answer.ts';
import { type NationalParams, nationalBody, nationalParams, secondNumber } from './national-mapping.ts';
import type { Profile } from './profile.ts';

const ANSWER_LIMIT_BYTES = 65_536;
const REASON_LIMIT_CHARACTERS = 300;

export interface NationalHttpOptions {
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
  const call = (path: string, params: NationalParams, sendOptions: SendOptions) =>
    post(`${base}/${path}`, { body: nationalBody(params, options), profile, ...sendOptions });

  const send = async (item: UpstreamRecord, sendOptions: SendOptions): Promise<SendResult> => {
    const { params, suppliedText } = nationalParams(item, profile);
    if (item.kind === 'service') return call(profile.paths.service, params, sendOptions);
    const { corrections, paths } = profile;
    if (item.replaces && corrections.by === 'second') {
      // A service of its own, which must be known before it is assessed.
      const record = { ...item.service, assessNumber: secondNumber(item, corrections.numberOffset) };
      const service = nationalParams({ kind: 'service', record }, profile);
      const known = await call(paths.service, service.params, {
        ...sendOptions,
        idempotencyKey: `${sendOptions.idempotencyKey}:service`,
      });
      if (known.outcome !== 'delivered' && known.outcome !== 'already-there') return known;
    }
    const path = item.replaces && corrections.by === 'update' ? corrections.path : paths.evaluation;
    const result = await call(path, params, sendOptions);
    return result.outcome === 'delivered' ? { ...result, suppliedText } : result;
  };

  return {
    rules: { defaults: profile.defaults, corrections: profile.corrections.by, withdrawals: 'list' },
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

async function post(
  url: string,
  { body, profile, idempotencyKey, signal }: SendOptions & { body: object; profile: Profile },
): Promise<SendResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': encodeURIComponent(idempotencyKey) },
    body: JSON.stringify(body),
    redirect: 'error',
    signal,
  });
  const { status } = response;
  const header = response.headers.get(profile.answer.header);
  return meaningOf({ status, header, body: await readBounded(response) }, profile);
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
