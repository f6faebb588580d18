// Events to a NATS JetStream stream. The message id is the key of the record, the stream is the expected one, and only
// the stream's own acknowledgement counts. Whatever goes wrong is a failure and tried again: a stream refuses no record.
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import {
  connect,
  credsAuthenticator,
  type NatsConnection,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { SendResult, UpstreamConnector } from './connector.ts';
import { EVENT_RULES, eventOf } from './event.ts';

export interface JetstreamOptions {
  hall: string;
  servers: string[];
  stream: string;
  subject: string;
  credentialsFile: string | undefined;
  user: string | undefined;
  password: string | undefined;
  caFile: string | undefined;
  timeoutMs: number;
}

const RECONNECT_EVERY_MS = 500;

export function makeJetstream(options: JetstreamOptions): UpstreamConnector {
  let connecting: Promise<NatsConnection> | undefined;

  const connection = async (): Promise<NatsConnection> => {
    connecting ??= open(options);
    try {
      const nats = await connecting;
      if (!nats.isClosed()) return nats;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
    connecting = undefined;
    return connection();
  };

  return {
    rules: EVENT_RULES,
    async send(item, { idempotencyKey, signal }): Promise<SendResult> {
      const publish = async (): Promise<SendResult> => {
        const nats = await connection();
        signal.throwIfAborted();
        const event = JSON.stringify(eventOf(item, { hall: options.hall, key: idempotencyKey }));
        const stored = await jetstream(nats).publish(options.subject, event, {
          msgID: idempotencyKey,
          expect: { streamName: options.stream },
          timeout: options.timeoutMs,
        });
        return stored.stream === options.stream
          ? { outcome: 'delivered' }
          : { outcome: 'failed', reason: `stored by another stream: ${stored.stream}` };
      };
      try {
        return await Promise.race([publish(), aborted(signal)]);
      } catch (error) {
        return { outcome: 'failed', reason: (error as Error).message || (error as Error).name };
      }
    },
    async close() {
      // Not drained: what was not acknowledged is sent again at the next start.
      await connecting?.then(
        (nats) => nats.close(),
        () => undefined,
      );
    },
  };
}

function open({ servers, credentialsFile, user, password, caFile, timeoutMs }: JetstreamOptions) {
  const authenticator = credentialsFile
    ? credsAuthenticator(readFileSync(credentialsFile))
    : user === undefined
      ? undefined
      : usernamePasswordAuthenticator(user, password);
  return connect({
    servers,
    name: 'pingjia',
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_EVERY_MS,
    ...(authenticator ? { authenticator } : {}),
    ...(caFile ? { tls: { caFile } } : {}),
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
