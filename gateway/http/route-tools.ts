// What every route uses: the writer and reader, the known windows, idempotency, and the shape of error answers.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Applicant, SealedPersons } from '../persons/applicant.ts';
import type { OpenedApplicant, Persons } from '../persons/persons.ts';
import type { Clock, Writer } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import { ApiError } from './errors.ts';
import { type Answer, type AnswerMemory, makeOnce } from './idempotency.ts';

export interface RouteTools {
  writer: Writer;
  reader: Reader;
  clock: Clock;
  requireWindow(window: string, field: string): void;
  /**
   * Answers with what `run` gives; with an Idempotency-Key only the first time, then from memory. `body` stands for
   * the request's own where that holds personal data, of which not even a hash may be kept.
   */
  once(
    request: FastifyRequest,
    reply: FastifyReply,
    run: () => Promise<Answer>,
    body?: unknown,
  ): Promise<object>;
  /** The applicant of a request as ciphertext; empty without one. */
  sealApplicant(projectNo: string, applicant: Applicant | undefined): Promise<SealedPersons>;
  openApplicant(sealed: SealedPersons): Promise<OpenedApplicant>;
}

export interface RouteToolsOptions {
  writer: Writer;
  reader: Reader;
  clock: Clock;
  persons: Persons;
  windows: readonly { id: string }[];
}

const ErrorAnswer = Type.Object({
  code: Type.String({ description: 'Stable; see the table of errors' }),
  message: Type.String(),
  field: Type.Optional(Type.String({ description: 'The part of the request that is meant' })),
  remedy: Type.String(),
});

export const errorAnswers = { '4xx': { description: 'Refused; see errors', ...ErrorAnswer } };

export function makeRouteTools({ writer, reader, clock, persons, windows }: RouteToolsOptions): RouteTools {
  const known = new Set(windows.map(({ id }) => id));
  const memory: AnswerMemory = {
    recall: ({ client, key }) => reader.rememberedAnswer(client, key),
    remember: (entry) => writer.submit('remember-answer', { ...entry, atMs: clock.nowMs() }),
  };
  const remembered = makeOnce(memory);
  return {
    writer,
    reader,
    clock,
    requireWindow(window, field) {
      if (!known.has(window)) throw new ApiError('window.unknown', { field });
    },
    sealApplicant: async (projectNo, applicant) => (applicant ? persons.seal(applicant, { projectNo }) : {}),
    openApplicant: (sealed) => persons.open(sealed),
    async once(request, reply, run, body = request.body) {
      const key = idempotencyKeyOf(request);
      const { system: client, method, url } = request;
      const answer =
        key === undefined ? await run() : await remembered({ client, key, method, url, body }, run);
      reply.code(answer.status);
      return answer.body;
    },
  };
}

/** 1 to 100 printable ASCII characters. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[!-~]{1,100}$/.test(given)) return given;
  const field = 'headers.idempotency-key';
  throw new ApiError('request.field', {
    field,
    message: `${field} must be 1 to 100 visible ASCII characters.`,
  });
}
