// The running gateway as commands on its machine reach it: by the socket in its data folder.
import { request } from 'node:http';
import { join } from 'node:path';
import type { GatewayConfig } from '../config/load.ts';
import type { Answer, Refusal } from '../fleet/admin.ts';
import { API_ERRORS, type ApiErrorCode } from '../http/errors.ts';
import { LOCAL_SOCKET_FILE } from '../http/local-socket.ts';
import { CliFailure } from './world.ts';

const ANSWER_LIMIT_MS = 15_000;
const ANSWER_LIMIT_BYTES = 8_388_608;

export interface Question {
  method: string;
  path: string;
  body?: object;
}

export interface RunningGateway {
  get<T>(path: string): Promise<T>;
  /** A refusal is a value; what is no answer of a gateway fails the command. */
  order<T extends object>(question: Question): Promise<Answer<T>>;
}

/** Undefined when none runs on the data folder. */
export async function findRunning({ dataFolder }: GatewayConfig): Promise<RunningGateway | undefined> {
  const socketPath = join(dataFolder, LOCAL_SOCKET_FILE);
  const answers = await ask(socketPath, { method: 'GET', path: '/healthz' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return false;
      throw silent(error);
    },
  );
  if (!answers) return undefined;
  const put = (question: Question) =>
    ask(socketPath, question).catch((error: Error) => {
      throw silent(error);
    });
  return {
    get: async <T>(path: string) => (await put({ method: 'GET', path })).body as T,
    async order<T extends object>(question: Question): Promise<Answer<T>> {
      const { status, body } = await put(question);
      if (status < 300) return { ...(body as T), ok: true };
      const { code } = body as { code?: ApiErrorCode };
      if (code === undefined) throw new CliFailure([`The running gateway answered ${status}.`]);
      return { ok: false, code } satisfies Refusal;
    },
  };
}

/** Throws the failure that a person is told when the answer is a refusal. */
export function orFail<T extends object>(answer: Answer<T>, exitCode?: number): { ok: true } & T {
  if (answer.ok) return answer;
  const row = API_ERRORS.find(({ code }) => code === answer.code);
  throw new CliFailure([row ? `${row.code}: ${row.meaning} ${row.remedy}` : answer.code], exitCode);
}

const silent = (error: Error) =>
  new CliFailure([
    `gateway.silent: The running gateway does not answer: ${error.message}. Look at its log, and repeat.`,
  ]);

function ask(
  socketPath: string,
  { method, path, body }: Question,
): Promise<{ status: number; body: unknown }> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(
      { socketPath, method, path, headers, agent: false, timeout: ANSWER_LIMIT_MS },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > ANSWER_LIMIT_BYTES) sent.destroy(new Error('its answer is too long'));
          else parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(Buffer.concat(parts).toString() || '{}'),
            });
          } catch (error) {
            reject(error as Error);
          }
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
