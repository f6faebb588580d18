// Whom a command about evaluators speaks to: the running gateway, through the socket in its data folder, or else
// the database itself. The same questions and answers either way.
import { request } from 'node:http';
import { join } from 'node:path';
import type { GatewayConfig } from '../config/load.ts';
import type { Answer, DeviceSummary, FleetAdmin, Refusal } from '../fleet/admin.ts';
import { API_ERRORS, type ApiErrorCode } from '../http/errors.ts';
import { LOCAL_SOCKET_FILE } from '../http/local-socket.ts';
import { withDatabase } from './with-database.ts';
import { CliFailure } from './world.ts';

const ANSWER_LIMIT_MS = 15_000;
const ANSWER_LIMIT_BYTES = 8_388_608;

export async function withFleetAdmin<T>(
  config: GatewayConfig,
  run: (admin: FleetAdmin) => Promise<T>,
): Promise<T> {
  const socketPath = join(config.dataFolder, LOCAL_SOCKET_FILE);
  const isRunning = await ask(socketPath, { method: 'GET', path: '/healthz' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return false;
      throw new CliFailure([`The running gateway does not answer: ${error.message}.`]);
    },
  );
  if (isRunning) return run(overSocket(socketPath));
  return withDatabase(config, ({ admin }) => run(admin));
}

/** Throws the failure that a person is told when the answer is a refusal. */
export function orFail<T extends object>(answer: Answer<T>, exitCode?: number): { ok: true } & T {
  if (answer.ok) return answer;
  const row = API_ERRORS.find(({ code }) => code === answer.code);
  throw new CliFailure([row ? `${row.meaning} ${row.remedy}` : answer.code], exitCode);
}

interface Question {
  method: string;
  path: string;
  body?: object;
}

function overSocket(socketPath: string): FleetAdmin {
  const get = async <T>(path: string) => (await ask(socketPath, { method: 'GET', path })).body as T;
  const order = async <T extends object>(question: Question): Promise<Answer<T>> => {
    const { status, body } = await ask(socketPath, question);
    if (status < 300) return { ...(body as T), ok: true };
    const { code } = body as { code?: ApiErrorCode };
    if (code === undefined) throw new CliFailure([`The running gateway answered ${status}.`]);
    return { ok: false, code } satisfies Refusal;
  };
  const pathOf = (id: string) => `/v1/devices/${encodeURIComponent(id)}`;
  return {
    now: () => get('/v1/fleet'),
    list: async () => (await get<{ devices: DeviceSummary[] }>('/v1/devices')).devices,
    show: (id) => order({ method: 'GET', path: pathOf(id) }),
    register: (body) => order({ method: 'POST', path: '/v1/devices', body }),
    replace: ({ old, ...body }) => order({ method: 'POST', path: `${pathOf(old)}/replacement`, body }),
    rekey: (id) => order({ method: 'POST', path: `${pathOf(id)}/rekey` }),
    reboot: (id) => order({ method: 'POST', path: `${pathOf(id)}/reboot` }),
    events: (id, limit) => order({ method: 'GET', path: `${pathOf(id)}/events?limit=${limit}` }),
    revoke: (id) => order({ method: 'DELETE', path: pathOf(id) }),
  };
}

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
