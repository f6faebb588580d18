// POST, GET and DELETE of invitations: one service or a batch is shown at a window's evaluator and followed.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { INVITATION_DEFAULT_SECONDS } from '../../../protocol/constants.ts';
import { ApiError } from '../errors.ts';
import { handleFor } from '../idempotency.ts';
import { errorAnswers, idempotencyKeyOf, type RouteTools } from '../route-tools.ts';
import { InvitationAnswer, InvitationBody, InvitationCreated, InvitationParams } from '../schemas.ts';
import { isoTime } from '../times.ts';

export function addInvitationRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { writer, reader, clock } = tools;

  app.post<{ Body: InvitationBody }>(
    '/v1/invitations',
    {
      config: { scope: 'invitations' },
      schema: {
        tags: ['invitations'],
        summary: 'Invite the applicant to evaluate',
        description:
          'The evaluator of the window shows the matter and the staff of the first service. A new invitation at a window replaces the open one. An evaluator that is offline shows it when it is back, if it is still open.',
        body: InvitationBody,
        response: { 201: { description: 'Created', ...InvitationCreated }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { window, services, termSeconds = INVITATION_DEFAULT_SECONDS } = request.body;
        tools.requireWindow(window, 'body.window');
        const device = reader.deviceAtWindow(window);
        if (!device) throw new ApiError('window.no-evaluator', { field: 'body.window' });
        const key = idempotencyKeyOf(request);
        const client = request.system;
        const invitation = key === undefined ? randomBytes(8).toString('hex') : handleFor({ client, key });
        const command = { invitation, window, services, termSeconds, atMs: clock.nowMs() };
        const stored = await writer.submit('create-invitation', command);
        if (!stored.ok) throw new ApiError(stored.code, { field: `body.services[${stored.index}]` });
        return { status: 201, body: { invitation, state: stateOf(invitation), window, device: device.id } };
      }),
  );

  app.get<{ Params: Static<typeof InvitationParams> }>(
    '/v1/invitations/:invitation',
    {
      config: { scope: 'results' },
      schema: {
        tags: ['invitations'],
        summary: 'Follow an invitation',
        description: 'The evaluation is there once the press has reached the database.',
        params: InvitationParams,
        response: { 200: { description: 'Its state', ...InvitationAnswer }, ...errorAnswers },
      },
    },
    async (request) => answerOf(request.params.invitation),
  );

  app.delete<{ Params: Static<typeof InvitationParams> }>(
    '/v1/invitations/:invitation',
    {
      config: { scope: 'invitations' },
      schema: {
        tags: ['invitations'],
        summary: 'Cancel an invitation',
        description: 'A key that was pressed before the cancellation reached the evaluator still counts.',
        params: InvitationParams,
        response: { 200: { description: 'Its state', ...InvitationAnswer }, ...errorAnswers },
      },
    },
    (request, reply) =>
      tools.once(request, reply, async () => {
        const { invitation } = request.params;
        const stored = await writer.submit('cancel-invitation', { invitation, atMs: clock.nowMs() });
        if (!stored.ok) throw new ApiError(stored.code, { field: 'path.invitation' });
        return { status: 200, body: answerOf(invitation) };
      }),
  );

  function stateOf(invitation: string) {
    const found = reader.invitationByHandle(invitation, clock.nowMs());
    if (!found) throw new ApiError('invitation.unknown', { field: 'path.invitation' });
    return found.state;
  }

  function answerOf(invitation: string): InvitationAnswer {
    const state = stateOf(invitation);
    const made = reader.evaluationOf(invitation);
    const evaluation = made
      ? { level: made.level, pressedAt: isoTime(made.pressedMs), device: made.device, seq: made.seq }
      : null;
    return { invitation, state, evaluation };
  }
}
