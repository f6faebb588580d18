// GET /v1/status, /healthz and /readyz: how the gateway is, for people, window systems and supervisors.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { WIRE_ERRORS } from '../../../protocol/errors.ts';
import type { Counters, Sessions } from '../../ports.ts';
import type { EvaluatorWatch } from '../../watch/evaluators.ts';
import { alarmsNow } from '../../watch/standing.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { STATUS_REFUSALS_LIMIT, StatusAnswer } from '../status-schema.ts';
import { isoTime } from '../times.ts';

export interface StatusSources {
  hall: { id: string; name: string };
  version: string;
  sessions: Pick<Sessions, 'connected'>;
  counters: Counters;
  /** Circuit breakers of the ways upstream, by the id of the connector. */
  breakers: () => Record<string, 'closed' | 'open'>;
  /** The database takes commits. */
  ready: () => boolean;
  /** Years of running terms without an arrangement of working days. */
  unknownYears: () => number[];
  /** Undefined on the gateway's own broker. */
  brokerConnected: (() => boolean) | undefined;
  evaluators: EvaluatorWatch;
  /** When an evaluator was last heard, if since the start. */
  lastSeenMs: (device: string) => number | undefined;
}

export function addStatusRoutes(app: FastifyInstance, { reader }: RouteTools, sources: StatusSources): void {
  app.get(
    '/v1/status',
    {
      config: { scope: 'results' },
      schema: {
        tags: ['status'],
        summary: 'Evaluators, backlog, refusals, counters',
        response: { 200: { description: 'Now', ...StatusAnswer }, ...errorAnswers },
      },
    },
    async () => statusOf(reader, sources),
  );
  const hide = { schema: { hide: true } };
  app.get('/healthz', hide, async () => ({ status: 'ok' }));
  app.get('/readyz', hide, async (_, reply) => {
    const ready = sources.ready();
    reply.code(ready ? 200 : 503);
    // Warnings are for people and do not make it less ready: intake goes on.
    const warnings = alarmsNow({ reader, ...sources }).map(({ code }) => code);
    return { status: ready ? 'ready' : 'the database takes no commits', warnings };
  });
}

function statusOf(reader: RouteTools['reader'], sources: StatusSources): Static<typeof StatusAnswer> {
  const connected = new Map(sources.sessions.connected().map((device) => [device.device, device]));
  const { records, oldestMs } = reader.backlog();
  const counts = sources.counters.all();
  const hold = reader.clockHold();
  const breakers = sources.breakers();
  const wireErrors = WIRE_ERRORS.flatMap(({ code }) => (counts[code] ? [[code, counts[code]] as const] : []));
  const devices = reader.devices().filter(({ revokedMs }) => revokedMs === undefined);
  return {
    hall: sources.hall,
    version: sources.version,
    devices: devices.map(({ id, window, watermark }) => {
      const session = connected.get(id);
      const seenMs = session?.seenAtMs ?? sources.lastSeenMs(id);
      const told = session?.health?.journal.unsent;
      const atHello = session?.hello && Math.max(0, session.hello.next - 1 - watermark);
      return {
        id,
        window: window ?? null,
        online: session?.hello !== undefined,
        unsentRecords: told ?? atHello ?? null,
        lastSeenAt: seenMs === undefined ? null : isoTime(seenMs),
        troubles: sources.evaluators.troublesOf(id),
      };
    }),
    storage: { takesCommits: sources.ready(), failedCommits: counts['store.commit-failed'] ?? 0 },
    evaluations: reader.evaluationCount(),
    backlog: { records, oldestAt: oldestMs === undefined ? null : isoTime(oldestMs) },
    upstream: reader.connectorStandings().map(({ id, kind, backlog, refused, listed }) => ({
      id,
      kind,
      breaker: breakers[id] ?? 'closed',
      records: backlog.records,
      oldestAt: backlog.oldestMs === undefined ? null : isoTime(backlog.oldestMs),
      refused,
      listed,
    })),
    refusals: {
      count: reader.stuckCount(),
      latest: reader.stuckLatest(STATUS_REFUSALS_LIMIT).map(({ code, reason, sinceMs, ...row }) => ({
        ...row,
        code: code ?? row.state,
        reason: reason ?? '',
        since: isoTime(sinceMs),
      })),
    },
    rules: {
      heldDefaults: reader.heldCount(),
      unmatched: reader.unmatchedCount(),
      clockHold: hold ? { reason: hold.reason, since: isoTime(hold.atMs) } : null,
      unknownYears: sources.unknownYears(),
    },
    epoch: epochOf(reader),
    alarms: alarmsNow({ reader, ...sources }),
    wireErrors: Object.fromEntries(wireErrors),
  };
}

function epochOf(reader: RouteTools['reader']): Static<typeof StatusAnswer>['epoch'] {
  const { epoch, begunMs, awaited } = reader.epochStanding();
  return {
    number: epoch,
    begunAt: begunMs === undefined ? null : isoTime(begunMs),
    awaited: awaited.map(({ sinceMs, missing, ...row }) => ({
      ...row,
      since: isoTime(sinceMs),
      missing: missing === null ? null : Math.max(0, missing),
    })),
  };
}
