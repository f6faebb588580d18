// The HTTP API with all its routes, listening.
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../config/load.ts';
import type { FleetAdmin } from '../fleet/admin.ts';
import type { ObservedWriter } from '../observed-writer.ts';
import type { Operator } from '../operator/operator.ts';
import type { Persons } from '../persons/persons.ts';
import type { Clock, Counters, Sessions } from '../ports.ts';
import { listenFailure } from '../start-failure.ts';
import type { Reader } from '../store/reader.ts';
import { VERSION } from '../version.ts';
import type { EvaluatorWatch } from '../watch/evaluators.ts';
import { makeMetrics } from '../watch/metrics.ts';
import { buildHttpApp } from './app.ts';
import { makeEventStreams } from './event-streams.ts';
import { openLocalSocket } from './local-socket.ts';
import { makeRouteTools } from './route-tools.ts';
import { addCaseStateRoutes } from './routes/case-state.ts';
import { addCaseRoutes } from './routes/cases.ts';
import { addCompletionRoutes } from './routes/completion.ts';
import { addDeviceRoutes } from './routes/devices.ts';
import { addEvaluationRoutes } from './routes/evaluations.ts';
import { addEventRoutes } from './routes/events.ts';
import { addInvitationRoutes } from './routes/invitations.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addOperatorRoutes } from './routes/operator.ts';
import { addPersonRoutes } from './routes/persons.ts';
import { addStaffPhotoRoutes } from './routes/staff-photos.ts';
import { addStatusRoutes, type StatusSources } from './routes/status.ts';
import { addWindowRoutes } from './routes/windows.ts';

/** Puts the API where its callers are; tells where. */
export type ServeHttp = (app: FastifyInstance) => Promise<RunningHttp['address']>;

export interface HttpParts {
  writer: ObservedWriter;
  reader: Reader;
  clock: Clock;
  persons: Persons;
  sessions: Sessions;
  counters: Counters;
  admin: FleetAdmin;
  operator: Operator;
  logger: FastifyBaseLogger;
  breakers: StatusSources['breakers'];
  ready: () => boolean;
  unknownYears: () => number[];
  brokerConnected: (() => boolean) | undefined;
  evaluators: EvaluatorWatch;
  memoryBytes: () => number;
  /** On the configured address and on the socket of the data folder when left out. */
  serve?: ServeHttp | undefined;
}

export interface RunningHttp {
  address: { host: string; port: number };
  stop(): Promise<void>;
}

export async function startHttp(config: GatewayConfig, parts: HttpParts): Promise<RunningHttp> {
  const { writer, reader, clock, persons, sessions, counters } = parts;
  const tools = makeRouteTools({ writer, reader, clock, persons, windows: config.windows });
  const lastSeenMs = new Map<string, number>();
  sessions.onOffline(({ device, seenAtMs }) => lastSeenMs.set(device, seenAtMs));
  const local = openLocalSocket(config.dataFolder, parts.logger);
  const streams = makeEventStreams({ hall: config.hall.id, reader, clock });
  const unfollow = writer.onCommitted(streams.committed);
  const metrics = makeMetrics({ ...parts, version: VERSION });
  const app = await buildHttpApp({
    isLocal: local.has,
    apiKeys: config.http.apiKeys,
    requestsPerSecond: config.http.requestsPerSecond,
    monotonicMs: clock.monotonicMs,
    logger: parts.logger,
    version: VERSION,
    addRoutes(inner) {
      addWindowRoutes(inner, tools, { sessions });
      addStaffPhotoRoutes(inner, tools);
      addCaseRoutes(inner, tools);
      addCompletionRoutes(inner, tools);
      addCaseStateRoutes(inner, tools);
      addInvitationRoutes(inner, tools);
      addEvaluationRoutes(inner, tools);
      addEventRoutes(inner, streams);
      addDeviceRoutes(inner, parts.admin);
      addOperatorRoutes(inner, parts.operator);
      addPersonRoutes(inner, tools);
      addMetricsRoute(inner, metrics);
      addStatusRoutes(inner, tools, {
        hall: config.hall,
        version: VERSION,
        sessions,
        counters,
        breakers: parts.breakers,
        ready: parts.ready,
        unknownYears: parts.unknownYears,
        brokerConnected: parts.brokerConnected,
        evaluators: parts.evaluators,
        lastSeenMs: (device) => lastSeenMs.get(device),
      });
    },
  });
  const listen: ServeHttp = async () => {
    const { host, port } = config.http;
    try {
      await app.listen({ host, port });
    } catch (error) {
      await app.close();
      throw listenFailure(error, { name: 'the HTTP API', host, port, setting: 'http' }) ?? error;
    }
    await local.listen(app.routing);
    return { host, port: (app.server.address() as AddressInfo).port };
  };
  return {
    address: await (parts.serve ?? listen)(app),
    async stop() {
      unfollow();
      streams.stop();
      await local.stop();
      await app.close();
    },
  };
}
