// The gateway as a client of another broker (Mosquitto, EMQX, NATS) with a durable session: what evaluators publish
// while it is away waits there. A PUBACK promises nothing on this way; `ack` alone frees a record.
import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { TOPIC_ROOT, UP_KINDS, UP_PAYLOAD_LIMIT_BYTES, type UpKind } from '../../protocol/constants.ts';
import { parseTopic } from '../../protocol/topics.ts';
import type { Counters, Log } from '../ports.ts';
import { type ForeignParts, type ForeignSessions, makeForeignSessions } from './foreign-sessions.ts';

/** Messages taken from the broker whose outcome is open; beyond it the broker keeps the next ones. */
const UNDER_WAY_LIMIT_MESSAGES = 1000;
/** Downward messages the broker has not confirmed; beyond it they are dropped and shown again later. */
const UNCONFIRMED_LIMIT_MESSAGES = 10_000;
const RECONNECT_EVERY_MS = 500;
const CONNECT_LIMIT_MS = 10_000;
const KEEP_ALIVE_SECONDS = 30;

export interface ExternalBrokerSettings {
  url: string;
  user: string;
  password: string;
  caFile: string | undefined;
  certFile: string | undefined;
  keyFile: string | undefined;
}

export interface ExternalBrokerParts extends Omit<ForeignParts, 'publish'> {
  hall: string;
  settings: ExternalBrokerSettings;
  counters: Counters;
  log: Log;
}

export interface ExternalBroker {
  disconnect(device: string): void;
  connected(): boolean;
  stop(): Promise<void>;
}

export const gatewayClientId = (hall: string) => `pj-gateway-${hall}`;

/** Does not wait for the broker: it is tried until it is there. */
export function startExternalBroker(parts: ExternalBrokerParts): ExternalBroker {
  const { hall, settings, counters, log } = parts;
  const filters = UP_KINDS.map((kind) => `${TOPIC_ROOT}/${hall}/+/${kind}`);
  const underWay = new Set<Promise<void>>();
  let unconfirmed = 0;
  let wasConnected = false;
  let waiting: (() => void) | undefined;

  const client: MqttClient = mqtt.connect(settings.url, optionsOf(settings, hall));
  const foreign: ForeignSessions = makeForeignSessions({
    ...parts,
    publish({ topic, payload }) {
      // One quality of service for all: a broker may let one overtake the other.
      if (!client.connected || unconfirmed >= UNCONFIRMED_LIMIT_MESSAGES) {
        counters.count('broker.dropped');
        return;
      }
      unconfirmed += 1;
      client.publish(topic, Buffer.from(payload, 'latin1'), { qos: 1 }, () => {
        unconfirmed -= 1;
      });
    },
  });

  client.on('connect', () => {
    log.info({ url: settings.url }, 'Connected to the broker.');
    client.subscribe(filters, { qos: 1 }, (error) => {
      if (error) {
        log.error({ reason: error.message }, 'The broker refused a subscription.');
        return;
      }
      if (wasConnected) foreign.showAgain();
      wasConnected = true;
    });
  });
  client.on('close', () => counters.count('broker.closed'));
  client.on('error', (error) =>
    log.error(
      { code: 'broker.error', reason: error.message },
      'The broker cannot be used; it is tried again.',
    ),
  );
  // Its callback sends the PUBACK; while too much is open it waits, and the broker with it.
  client.handleMessage = (packet, done) => {
    const taken = take(packet.topic, packet.payload as Buffer, packet.retain);
    if (taken) {
      underWay.add(taken);
      taken.finally(() => {
        underWay.delete(taken);
        waiting?.();
        waiting = undefined;
      });
    }
    if (underWay.size < UNDER_WAY_LIMIT_MESSAGES) done();
    else waiting = done;
  };

  function take(topic: string, payload: Buffer, retain: boolean): Promise<void> | undefined {
    const parsed = parseTopic(topic);
    if (parsed?.hall !== hall || parsed.direction !== 'up' || retain) {
      counters.count('topic.not-own');
      return undefined;
    }
    if (payload.length > UP_PAYLOAD_LIMIT_BYTES) {
      counters.count('payload.too-large');
      log.warn({ code: 'payload.too-large', device: parsed.device }, 'Refused on the wire.');
      return undefined;
    }
    return foreign.take({ device: parsed.device, kind: parsed.kind as UpKind, payload });
  }

  return {
    disconnect: (device) => foreign.end(device),
    connected: () => client.connected,
    async stop() {
      await client.endAsync(true);
      foreign.stop();
      await Promise.all(underWay);
    },
  };
}

function optionsOf(settings: ExternalBrokerSettings, hall: string): IClientOptions {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const given = {
    username: settings.user,
    password: settings.password,
    ca: file(settings.caFile),
    cert: file(settings.certFile),
    key: file(settings.keyFile),
  };
  return {
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as IClientOptions),
    clientId: gatewayClientId(hall),
    clean: false,
    protocolVersion: 4,
    keepalive: KEEP_ALIVE_SECONDS,
    reconnectPeriod: RECONNECT_EVERY_MS,
    reconnectOnConnackError: true,
    connectTimeout: CONNECT_LIMIT_MS,
    resubscribe: false,
    queueQoSZero: false,
  };
}
