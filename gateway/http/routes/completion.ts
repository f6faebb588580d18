// POST of what ends a case: its completion, which starts the term of its evaluations, or its withdrawal.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import {
  CaseParams,
  CompletionAnswer,
  CompletionBody,
  TransferAnswer,
  TransferBody,
  WithdrawalAnswer,
} from '../schemas.ts';
import { isoTime, parseInstant } from '../times.ts';

export function addCompletionRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { writer, clock } = tools;

  app.post<{ Params: Static<typeof CaseParams>; Body: CompletionBody | undefined }>(
    '/v1/cases/:projectNo/completion',
    {
      config: { scope: 'cases' },
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        tags: ['cases'],
        summary: 'Complete a case',
        description:
          'Starts the term in which an evaluation is valid. The body may be left out. A completed case may still be invited and evaluated.',
        params: CaseParams,
        body: CompletionBody,
        response: { 200: { description: 'Completed', ...CompletionAnswer }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { projectNo } = request.params;
        const { completedAt, assessNumber } = request.body ?? {};
        const atMs = clock.nowMs();
        const completedAtMs =
          completedAt === undefined ? undefined : parseInstant(completedAt, 'body.completedAt');
        const stored = await writer.submit('complete-case', { projectNo, completedAtMs, assessNumber, atMs });
        if (!stored.ok) throw new ApiError(stored.code, { field: completionField[stored.code] });
        return { status: 200, body: { projectNo, completedAt: isoTime(stored.completedAtMs) } };
      }),
  );

  app.post<{ Params: Static<typeof CaseParams>; Body: TransferBody }>(
    '/v1/cases/:projectNo/transfer',
    {
      config: { scope: 'cases' },
      schema: {
        tags: ['cases'],
        summary: 'Transfer a case to another staff member',
        description:
          'From now on that one has the case. A press counts for the staff on the card that was shown, whoever has the case since.',
        params: CaseParams,
        body: TransferBody,
        response: { 200: { description: 'Transferred', ...TransferAnswer }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { projectNo } = request.params;
        const { staff } = request.body;
        const stored = await writer.submit('transfer-case', { projectNo, staff, atMs: clock.nowMs() });
        if (!stored.ok) throw new ApiError(stored.code, { field: 'path.projectNo' });
        return { status: 200, body: { projectNo, staff, change: stored.change } };
      }),
  );

  app.post<{ Params: Static<typeof CaseParams> }>(
    '/v1/cases/:projectNo/withdrawal',
    {
      config: { scope: 'cases' },
      schema: {
        tags: ['cases'],
        summary: 'Withdraw a case',
        description: 'It gets no default evaluation and keeps what was pressed.',
        params: CaseParams,
        response: { 200: { description: 'Withdrawn', ...WithdrawalAnswer }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { projectNo } = request.params;
        const stored = await writer.submit('withdraw-case', { projectNo, atMs: clock.nowMs() });
        if (!stored.ok) throw new ApiError(stored.code, { field: 'path.projectNo' });
        return { status: 200, body: { projectNo, withdrawnAt: isoTime(stored.withdrawnMs) } };
      }),
  );
}

const completionField = {
  'case.unknown': 'path.projectNo',
  'case.withdrawn': 'path.projectNo',
  'case.completed': 'body.completedAt',
  'service.unknown': 'body.assessNumber',
} as const;
