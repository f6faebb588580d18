// Builds the gateway in one place: starts its parts in order, stops them in reverse. Nothing else builds adapters;
// the parts know each other only by their ports.
import { type Logger, pino } from 'pino';
import { startAnchors } from './anchor/anchor-file.ts';
import { makeBroker } from './broker/broker.ts';
import { makeConnectCheck } from './broker/connect-check.ts';
import { makeHelloCheck } from './broker/hello-check.ts';
import { makeNonces } from './broker/nonces.ts';
import { makeSessions } from './broker/sessions.ts';
import type { GatewayConfig } from './config/load.ts';
import { DAY_MS } from './core/shanghai-days.ts';
import { beginRun } from './epochs/start-wait.ts';
import { makeFleetAdmin } from './fleet/admin.ts';
import { keepDeviceLog } from './fleet/device-log.ts';
import { loadMasterKeys } from './fleet/master-key.ts';
import { openKeysEarly } from './fleet/open-keys-early.ts';
import { makeRegistry } from './fleet/registry.ts';
import { watchFleet } from './fleet/watch-fleet.ts';
import { hallRulesOf } from './hall-rules-of.ts';
import { type ServeHttp, startHttp } from './http/start-http.ts';
import { makeIntake } from './intake/intake.ts';
import { listenForEvaluators } from './listen-for-evaluators.ts';
import { makeCounters } from './log/counters.ts';
import { openStorage } from './open-storage.ts';
import { makeOperator } from './operator/operator.ts';
import { startPersons } from './persons/persons.ts';
import { VaultError } from './persons/vault.ts';
import type { Clock } from './ports.ts';
import { realClock } from './real-clock.ts';
import { startRules } from './rules/start-rules.ts';
import { StartFailure } from './start-failure.ts';
import { type ScreensParts, startScreens } from './start-screens.ts';
import { lockFolder } from './store/folder-lock.ts';
import { makeFolder, StoreError } from './store/open-database.ts';
import { openReleases } from './updates/release-files.ts';
import { runUpdates } from './updates/run-updates.ts';
import type { HttpPost } from './upstream/national-http.ts';
import { startUpstream } from './upstream/start-upstream.ts';
import { watchEvaluators } from './watch/evaluators.ts';
import { watchRevocations } from './watch-revocations.ts';

export interface GatewayPorts {
  clock?: Clock;
  logger?: Logger;
  /** 0 to less than 1, for the jitter of retries. */
  random?: () => number;
  /** Adapters to the machine; its own where they are left out. A world in virtual time brings others. */
  lockFolder?: typeof lockFolder;
  openStorage?: typeof openStorage;
  openScreens?: ScreensParts['openScreens'];
  listenForEvaluators?: typeof listenForEvaluators;
  serveHttp?: ServeHttp;
  post?: HttpPost;
}

export interface Address {
  host: string;
  port: number;
}

export interface Gateway {
  /** MQTT over TCP and the UDP probe share a port number. */
  addresses: { mqtt: Address; http: Address & { url: string } };
  /** Resolves with the reason when it can store nothing any more and has to be started again. */
  lost: Promise<string>;
  /** Resolves when everything is closed and what was acknowledged is on disk. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Rejects with StartFailure when a person has to do something first; everything begun is closed again then. */
export async function startGateway(config: GatewayConfig, ports: GatewayPorts = {}): Promise<Gateway> {
  const stops: (() => unknown)[] = [];
  let stopped: Promise<void> | undefined;
  let onLost: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    onLost = resolve;
  });
  const stop = () => {
    stopped ??= (async () => {
      for (const end of stops.reverse()) await end();
    })();
    return stopped;
  };
  try {
    const addresses = await start(config, ports, { onStop: (end) => stops.push(end), onLost });
    return { addresses, lost, stop };
  } catch (error) {
    await stop();
    throw error instanceof StoreError || error instanceof VaultError
      ? new StartFailure(error.message)
      : error;
  }
}

async function start(
  config: GatewayConfig,
  ports: GatewayPorts,
  { onStop, onLost }: { onStop: (end: () => unknown) => void; onLost: (reason: string) => void },
): Promise<Gateway['addresses']> {
  const { hall, dataFolder } = config;
  const clock = ports.clock ?? realClock;
  const log = ports.logger ?? pino({ level: config.log.level }, pino.destination({ dest: 2, sync: false }));
  const counters = makeCounters();
  const masterKeys = loadMasterKeys(config.masterKeyFile);

  makeFolder(dataFolder);
  const lock = (ports.lockFolder ?? lockFolder)(dataFolder);
  if (!lock)
    throw new StartFailure(
      `Another gateway runs on the data folder ${dataFolder}, or a backup is being restored into it. Wait for it, or stop it.`,
    );
  onStop(() => lock.release());
  const { writer, reader } = await (ports.openStorage ?? openStorage)(
    { dataFolder, chainKey: masterKeys.chain, rules: hallRulesOf(config) },
    {
      counters,
      log,
      onLost,
    },
  );
  onStop(() => writer.stop());
  onStop(() => reader.close());
  const registry = makeRegistry({ writer, reader, clock, sealKey: masterKeys.seal });
  requireRightMasterKey(config, { firstDevice: reader.devices()[0]?.id, find: registry.find });

  const defaultsHeldMs = config.rules.defaultSendAfterDays * DAY_MS;
  onStop(await beginRun({ writer, clock, log, defaultsHeldMs }));
  const persons = startPersons({ ...config.personKeys, keys: masterKeys });
  onStop(() => persons.stop());
  const { file } = config.anchor;
  if (file !== undefined) {
    const parts = { file, hall: hall.id, anchorKey: masterKeys.anchor, reader, clock, counters, log };
    const anchors = startAnchors(parts);
    onStop(() => anchors.stop());
  }

  const sessions = makeSessions(clock);
  const rules = startRules(config, { writer, reader, sessions, clock, counters, log, defaultsHeldMs });
  onStop(() => rules.stop());
  keepDeviceLog({ sessions, writer, clock, log });
  watchFleet({ sessions, registry, reader, log });

  const nonces = makeNonces(clock.monotonicMs);
  const intake = makeIntake({ writer, sessions, clock, counters, log, epoch: reader.epoch() });
  const proofs = { hall: hall.id, registry, nonces, writer, clock };
  const { external } = config.broker;
  const broker = external
    ? undefined
    : makeBroker({ sessions, intake, decideConnect: makeConnectCheck(proofs), clock, counters, log });
  const random = ports.random ?? Math.random;
  const upstream = await startUpstream(config.upstream, {
    hall: hall.id,
    writer,
    reader,
    persons,
    clock,
    log,
    random,
    post: ports.post,
  });
  onStop(() => upstream.stop());
  const releaseOf = openReleases(dataFolder, config.updates.releaseKey);
  onStop(runUpdates({ sessions, registry, reader, writer, releaseOf, clock, log }));
  const decideHello = makeHelloCheck(proofs);
  // Loaded here only: most halls have none, and an MQTT client takes its part of the start.
  const foreign =
    external &&
    (await import('./broker/external-broker.ts')).startExternalBroker({
      hall: hall.id,
      settings: external,
      ...{ sessions, intake, registry, decideHello, clock, counters, log },
    });
  onStop(() => (broker ?? foreign)?.stop());
  const disconnect = (device: string) => (broker ?? foreign)?.disconnect(device);
  onStop(watchRevocations({ sessions, reader, clock, disconnect, log }));

  const mqtt = await (ports.listenForEvaluators ?? listenForEvaluators)({
    ...config.broker,
    hall: hall.id,
    broker,
    nonces,
    counters,
    onStop,
  });
  const evaluators = watchEvaluators({ sessions, clock });
  const http = await startHttp(config, {
    writer,
    reader,
    clock,
    persons,
    sessions,
    counters,
    admin: makeFleetAdmin({
      hall: hall.id,
      windows: config.windows,
      registry,
      reader,
      clock,
      running: { sessions, evaluators },
    }),
    operator: makeOperator({ writer, reader, clock }),
    evaluators,
    logger: log,
    breakers: upstream.breakers,
    ready: () => writer.healthy(),
    unknownYears: rules.unknownYears,
    brokerConnected: foreign && (() => foreign.connected()),
    memoryBytes: () => process.memoryUsage.rss(),
    serve: ports.serveHttp,
  });
  onStop(() => http.stop());
  const { windows, unlinkedPresses, reasons } = config;
  onStop(
    startScreens({
      ...{ hall, windows, unlinkedPresses, reasons, reader, writer, sessions, clock, log, onLost },
      openScreens: ports.openScreens,
    }),
  );
  onStop(openKeysEarly({ registry, reader, clock, log }));
  const url = `http://${http.address.host}:${http.address.port}`;
  log.info({ mqtt, http: http.address, hall: hall.id }, 'The gateway is ready.');
  return { mqtt, http: { ...http.address, url } };
}

/** A data folder beside another hall's key would refuse every evaluator, one by one: better to say it at once. */
function requireRightMasterKey(
  config: GatewayConfig,
  { firstDevice, find }: { firstDevice: string | undefined; find: (id: string) => unknown },
): void {
  if (firstDevice === undefined) return;
  try {
    find(firstDevice);
  } catch {
    throw new StartFailure(
      `The master key ${config.masterKeyFile} does not belong to the data folder ${config.dataFolder}. Bring back the key file that was made with it.`,
    );
  }
}
