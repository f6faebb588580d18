// Windows: who sits there and whether service is paused, whole or step by step. The evaluator follows at once.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Sessions } from '../../ports.ts';
import type { StaffName } from '../../store/commands/commands.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { DeskAnswer, DeskBody, SignInBody, WindowAnswer, WindowParams } from '../schemas.ts';

interface Changed {
  staff?: StaffName | null;
  paused?: boolean;
}
type Params = Static<typeof WindowParams>;

export function addWindowRoutes(
  app: FastifyInstance,
  tools: RouteTools,
  { sessions }: { sessions: Pick<Sessions, 'find'> },
): void {
  const { reader, writer, clock } = tools;

  const deskOf = (window: string) => {
    const { staff, paused } = reader.deskOf(window);
    return { window, staff: staff ? { badgeId: staff.badgeId, name: staff.name } : null, paused };
  };
  const change = (request: FastifyRequest, reply: FastifyReply, changed: Changed) =>
    tools.once(request, reply, async () => {
      const { window } = request.params as Params;
      tools.requireWindow(window, 'path.window');
      await writer.submit('put-desk', { window, ...changed, atMs: clock.nowMs() });
      return { status: 200, body: deskOf(window) };
    });
  const schemaOf = (summary: string, description: string) => ({
    tags: ['windows'],
    summary,
    description,
    params: WindowParams,
    response: { 200: { description: 'The desk as it is now', ...DeskAnswer }, ...errorAnswers },
  });
  const config = { scope: 'windows' as const };

  app.get<{ Params: Params }>(
    '/v1/windows/:window',
    {
      config: { scope: 'results' },
      schema: {
        tags: ['windows'],
        summary: 'See a window: its desk, its evaluator, its open invitation',
        description: 'An evaluator that is offline shows its screen again when it is back.',
        params: WindowParams,
        response: { 200: { description: 'Now', ...WindowAnswer }, ...errorAnswers },
      },
    },
    async (request) => {
      const { window } = request.params;
      tools.requireWindow(window, 'path.window');
      const device = reader.deviceAtWindow(window)?.id;
      const open = reader.openInvitationAt(window, clock.nowMs());
      const evaluator =
        device === undefined ? null : { device, online: sessions.find(device)?.hello !== undefined };
      return { ...deskOf(window), evaluator, invitation: open?.invitation ?? null };
    },
  );

  app.put<{ Params: Params; Body: DeskBody }>(
    '/v1/windows/:window/desk',
    {
      config,
      schema: {
        ...schemaOf(
          'Say who sits at a window, and whether service is paused',
          'The evaluator shows it at once, or when it is back online.',
        ),
        body: DeskBody,
      },
    },
    (request, reply) => change(request, reply, request.body),
  );

  app.post<{ Params: Params; Body: SignInBody }>(
    '/v1/windows/:window/sign-in',
    {
      config,
      schema: {
        ...schemaOf('Sign staff in at a window', 'Whoever sat there before is signed out. A pause ends.'),
        body: SignInBody,
      },
    },
    (request, reply) => change(request, reply, { staff: request.body.staff, paused: false }),
  );

  const steps: Record<string, { changed: Changed; summary: string; description: string }> = {
    'sign-out': {
      changed: { staff: null },
      summary: 'Sign staff out at a window',
      description: 'The evaluator shows nobody; presses without an invitation are refused.',
    },
    pause: {
      changed: { paused: true },
      summary: 'Pause service at a window (暂停服务)',
      description: 'A press that has begun is still taken.',
    },
    resume: {
      changed: { paused: false },
      summary: 'Resume service at a window',
      description: 'An invitation that is still open is shown again.',
    },
  };
  for (const [step, { changed, summary, description }] of Object.entries(steps))
    app.post(
      `/v1/windows/:window/${step}`,
      { config, schema: schemaOf(summary, description) },
      (request, reply) => change(request, reply, changed),
    );
}
