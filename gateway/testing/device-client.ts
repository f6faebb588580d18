// Speaks to a real gateway as an evaluator does, with an independent MQTT client: probe, proof, hello, records.
// For tests and load; the firmware is something else.
import { createSocket } from 'node:dgram';
import mqtt, { type MqttClient } from 'mqtt';
import type { DownKind } from '../../protocol/constants.ts';
import {
  type DeviceKeys,
  deriveKeys,
  deriveSessionKeys,
  makeConnectPassword,
  openEnvelope,
  type SessionKeys,
  sealEnvelope,
  signEvaluation,
} from '../../protocol/keys.ts';
import type { UnsignedEvaluation } from '../../protocol/layouts.ts';
import type { Evaluation, Hello } from '../../protocol/messages.ts';
import { encodeProbe, parseProbeAnswer } from '../../protocol/probe.ts';
import { downFilters, parseTopic, topicOf } from '../../protocol/topics.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { SAMPLE_PRESS } from './sample-record.ts';

const ANSWER_LIMIT_MS = 5000;
const THIS_MACHINE = '127.0.0.1';

export interface Received {
  kind: DownKind;
  message: Record<string, unknown>;
}

export interface DeviceClient {
  readonly keys: DeviceKeys;
  readonly session: SessionKeys;
  readonly mqtt: MqttClient;
  /** Everything downward so far whose MAC was right. */
  readonly received: Received[];
  /** From now on each goes to the listener alone: nothing is kept of a load of hours. */
  listen(listener: (received: Received) => void): void;
  sign(record: Partial<UnsignedEvaluation>): Evaluation;
  /** Resolves at the PUBACK. */
  publish(kind: string, payload: string | Buffer): Promise<void>;
  sendRecord(record: Evaluation): Promise<void>;
  sayHello(hello?: Partial<Hello>): Promise<void>;
  /** The first downward message, received or to come, that fits. */
  waitFor(fits: (received: Received) => boolean): Promise<Received>;
  end(): Promise<void>;
}

export interface DeviceClientOptions {
  identity: DeviceIdentity;
  /** This machine when left out. */
  host?: string;
  port: number;
  boot: number;
  conn: number;
}

export function askNonce(options: {
  host?: string | undefined;
  port: number;
  hall: string;
  device: string;
}): Promise<string> {
  const socket = createSocket('udp4');
  const token = '0123456789abcdef';
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => finish(() => reject(new Error('no answer to the probe'))),
      ANSWER_LIMIT_MS,
    );
    const finish = (then: () => void) => {
      clearTimeout(limit);
      socket.close();
      then();
    };
    socket.on('message', (datagram) => {
      const answer = parseProbeAnswer(datagram);
      if (answer?.token === token) finish(() => resolve(answer.nonce));
    });
    socket.send(
      encodeProbe({ hall: options.hall, device: options.device, token }),
      options.port,
      options.host ?? THIS_MACHINE,
    );
  });
}

/** What the MQTT CONNECT of this device holds; each call asks for a new nonce. */
export async function connectCredentials({ identity, host, port, boot, conn }: DeviceClientOptions) {
  const { hall, device, handle, key, gen } = identity;
  const keys = deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen });
  const nonce = await askNonce({ host, port, hall, device });
  const numbers = { deviceHandle: handle, boot, conn, nonce };
  return {
    clientId: `pj-${hall}-${device}`,
    username: `${hall}.${device}`,
    password: makeConnectPassword(keys, gen, numbers),
    keys,
    nonce,
    session: deriveSessionKeys(keys, numbers),
  };
}

/** A press as the device signs it; 5, unlinked and without a clock unless told otherwise. */
export function signRecord(
  { identity, keys }: { identity: DeviceIdentity; keys: DeviceKeys },
  record: Partial<UnsignedEvaluation>,
): Evaluation {
  return signEvaluation(keys, identity.handle, { ...SAMPLE_PRESS, gen: identity.gen, ...record });
}

/** Rejects when the broker refuses the connection. Subscribes; says no hello by itself. */
export async function connectDevice(options: DeviceClientOptions): Promise<DeviceClient> {
  const { identity, host = THIS_MACHINE, port, boot, conn } = options;
  const { clientId, username, password, keys, nonce, session } = await connectCredentials(options);
  const will = {
    topic: topicOf(identity, 'will'),
    payload: Buffer.from(sealEnvelope(session.up, 'will', { n: 0, boot, conn })),
    qos: 1 as const,
    retain: false,
  };
  const client = await mqtt.connectAsync(
    `mqtt://${host}:${port}`,
    {
      clientId,
      username,
      password,
      will,
      clean: true,
      reconnectPeriod: 0,
      keepalive: 30,
    },
    false,
  );
  client.on('error', () => client.end(true));
  const received: Received[] = [];
  const listeners = new Set<(item: Received) => void>();
  let only: ((item: Received) => void) | undefined;
  client.on('message', (topic, payload) => {
    const kind = parseTopic(topic)?.kind as DownKind;
    const body = openEnvelope(session.down, kind, payload.toString('latin1'));
    if (body === undefined) return;
    const item = { kind, message: JSON.parse(body) as Record<string, unknown> };
    if (only) return only(item);
    received.push(item);
    for (const listener of listeners) listener(item);
  });
  await client.subscribeAsync(downFilters(identity), { qos: 1 });

  let counter = 0;
  const self: DeviceClient = {
    keys,
    session,
    mqtt: client,
    received,
    listen(listener) {
      only = listener;
    },
    sign: (record) => signRecord({ identity, keys }, { boot, ...record }),
    async publish(kind, payload) {
      await client.publishAsync(`pingjia/1/${identity.hall}/${identity.device}/${kind}`, payload, { qos: 1 });
    },
    sendRecord: (record) => self.publish('evaluation', JSON.stringify(record)),
    sayHello(hello = {}) {
      counter += 1;
      const message: Hello = {
        n: counter,
        proto: 1,
        boot,
        conn,
        nonce,
        gen: identity.gen,
        fw: 'test',
        board: 'test',
        interp: 'test',
        uptime: 1000,
        acked: 0,
        oldest: 1,
        next: 1,
        missing: [],
        clean: true,
        slot: 'a',
        update: 'none',
        ...hello,
      };
      return self.publish('hello', sealEnvelope(session.up, 'hello', message));
    },
    waitFor(fits) {
      const found = received.find(fits);
      if (found) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const listener = (item: Received) => {
          if (!fits(item)) return;
          clearTimeout(limit);
          listeners.delete(listener);
          resolve(item);
        };
        const limit = setTimeout(() => {
          listeners.delete(listener);
          reject(new Error('the expected downward message did not come'));
        }, ANSWER_LIMIT_MS);
        listeners.add(listener);
      });
    },
    end: () => client.endAsync(true),
  };
  return self;
}
