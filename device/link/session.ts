// One session with the gateway: the MQTT connection, the keys bound to it, the counters of both directions.
// Seals what goes up; of what comes down it hands on only what is authentic, new and well-formed.
import {
  DOWN_KINDS,
  DOWN_PAYLOAD_LIMIT_BYTES,
  KEEP_ALIVE_SECONDS,
  TOPIC_ROOT,
  type UpKind,
} from '../../protocol/constants.ts';
import type { Identity, JournalRecord } from '../contracts.ts';
import type { DeviceCrypto, SessionNumbers } from '../crypto/device-crypto.ts';
import { toHex } from '../crypto/hex.ts';
import { type CloseReason, type MqttClient, openClient } from '../mqtt/client.ts';
import type { Socket, SocketHandlers, Timers } from '../ports.ts';
import { type Decode, type DownMessage, readBody, readMessage } from './down-messages.ts';

/** Topic and header of a publish, beside its payload. */
const PACKET_ROOM_BYTES = 128;

export interface SessionOptions {
  identity: Identity;
  crypto: DeviceCrypto;
  numbers: SessionNumbers;
  /** Another broker than the gateway's own. */
  external: boolean;
  timers: Timers;
  decode: Decode;
  open(handlers: SocketHandlers): Socket;
  onReady(): void;
  /** Before `onMessage`: the gateway itself has spoken. */
  onHeard(): void;
  onMessage(message: DownMessage): void;
  onRoom(): void;
  onClosed(reason: CloseReason): void;
}

export interface Session {
  numbers: SessionNumbers;
  /** False when the connection does not take it now. `n` is added. */
  send(kind: UpKind, message: Record<string, unknown>): boolean;
  sendRecord(record: JournalRecord): boolean;
  end(): void;
}

export function openSession(options: SessionOptions): Session {
  const identity = options.identity;
  const numbers = options.numbers;
  const envelopes = options.crypto.envelopes(numbers);
  const prefix = `${TOPIC_ROOT}/${identity.hall}/${identity.device}/`;
  let sentCounter = 0;
  /** Of each kind: a broker between us and the gateway may let one overtake another. */
  const heardCounters = DOWN_KINDS.map(() => -1);

  function onMessage(topic: string, payload: string): void {
    const index = DOWN_KINDS.findIndex((known) => prefix + known === topic);
    const kind = DOWN_KINDS[index];
    if (!kind || payload.length > DOWN_PAYLOAD_LIMIT_BYTES) return;
    const body = envelopes.down.open(kind, payload);
    const read = body === undefined ? undefined : readBody(body);
    if (!read || read.n <= heardCounters[index]!) return;
    heardCounters[index] = read.n;
    options.onHeard();
    const message = readMessage(kind, read.fields, options.decode);
    if (message) options.onMessage(message);
  }

  const client: MqttClient = openClient({
    timers: options.timers,
    connect: {
      clientId: `pj-${identity.hall}-${identity.device}`,
      userName: `${identity.hall}.${identity.device}`,
      password: options.external ? options.crypto.brokerPassword() : options.crypto.password(numbers),
      will: {
        topic: `${prefix}will`,
        payload: envelopes.up.seal('will', { n: 0, boot: numbers.boot, conn: numbers.conn }),
      },
      keepAliveSeconds: KEEP_ALIVE_SECONDS,
    },
    filters: DOWN_KINDS.map((kind) => prefix + kind),
    packetLimitBytes: DOWN_PAYLOAD_LIMIT_BYTES + PACKET_ROOM_BYTES,
    open: options.open,
    handlers: {
      onReady: options.onReady,
      onMessage: onMessage,
      onRoom: options.onRoom,
      onClosed: options.onClosed,
    },
  });

  return {
    numbers: numbers,
    send(kind, message) {
      message.n = ++sentCounter;
      return client.publish(prefix + kind, envelopes.up.seal(kind, message));
    },
    sendRecord(record) {
      return client.publish(
        `${prefix}evaluation`,
        JSON.stringify({
          kind: record.kind,
          seq: record.seq,
          boot: record.boot,
          uptime: record.uptimeMs,
          wall: record.wallMs,
          level: record.level,
          reasons: record.reasons,
          invitation: toHex(record.invitation),
          staff: toHex(record.staff),
          flags: record.flags,
          gen: record.gen,
          sig: options.crypto.sign(record),
        }),
      );
    },
    end: () => client.end(),
  };
}
