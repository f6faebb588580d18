// Idempotency-Key: the same key and request of one system get the same answer again, kept in the database; the
// same key for another request is refused. Requests with one key wait for each other.
import { createHash } from 'node:crypto';
import { NO_HANDLE } from '../../protocol/constants.ts';
import { ApiError } from './errors.ts';

export interface Answer {
  status: number;
  body: object;
}

export interface RememberedAnswer {
  requestHash: string;
  status: number;
  /** JSON. */
  answer: string;
}

export interface AnswerMemory {
  recall(query: { client: string; key: string }): RememberedAnswer | undefined;
  remember(entry: RememberedAnswer & { client: string; key: string }): Promise<unknown>;
}

export interface KeyedRequest {
  client: string;
  key: string;
  method: string;
  url: string;
  body: unknown;
}

export type Once = (request: KeyedRequest, run: () => Promise<Answer>) => Promise<Answer>;

/** Refusals are not remembered: what they say may have been mended since. */
export function makeOnce(memory: AnswerMemory): Once {
  const running = new Map<string, Promise<unknown>>();
  const turn = async (request: KeyedRequest, run: () => Promise<Answer>): Promise<Answer> => {
    const requestHash = hashOf(request);
    const known = memory.recall(request);
    if (known && known.requestHash !== requestHash) {
      throw new ApiError('idempotency.different', { field: 'headers.idempotency-key' });
    }
    if (known) return { status: known.status, body: JSON.parse(known.answer) as object };
    const answer = await run();
    const { client, key } = request;
    await memory.remember({
      client,
      key,
      requestHash,
      status: answer.status,
      answer: JSON.stringify(answer.body),
    });
    return answer;
  };
  return async (request, run) => {
    const id = `${request.client} ${request.key}`;
    const before = running.get(id);
    const own = before ? before.then(() => turn(request, run)) : turn(request, run);
    const settled = own.then(
      () => undefined,
      () => undefined,
    );
    running.set(id, settled);
    try {
      return await own;
    } finally {
      if (running.get(id) === settled) running.delete(id);
    }
  };
}

function hashOf({ method, url, body }: KeyedRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest('hex');
}

/** The same handle for the same key, so that a repeated request finds the invitation it made. */
export function handleFor({ client, key }: { client: string; key: string }): string {
  const handle = createHash('sha256')
    .update(JSON.stringify(['invitation', client, key]))
    .digest('hex')
    .slice(0, 16);
  return handle === NO_HANDLE ? `${NO_HANDLE.slice(1)}1` : handle;
}
