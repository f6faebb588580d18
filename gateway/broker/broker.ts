// The embedded MQTT broker: aedes with our connect proof, access rules and limits. It decides who may say what;
// what a message leads to is the intake's. A PUBACK of a record leaves only after the intake has committed it.
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { UpKind } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import type { Intake } from '../intake/intake.ts';
import type { Counters, Log } from '../ports.ts';
import { maySubscribe, publishRule } from './access-rules.ts';
import type { ConnectDecision, ConnectRequest } from './connect-check.ts';
import { makePacketGuard } from './packet-guard.ts';
import type { Session, SessionTable } from './sessions.ts';

/** A connection that has sent no CONNECT by then is closed. */
const CONNECT_LIMIT_MS = 10_000;
export const CONNECTIONS_LIMIT = 10_000;
/** An evaluator that lets more than this pile up on its way down is not there any more; its connection ends. */
export const DOWN_QUEUE_LIMIT_BYTES = 131_072;
const NOT_AUTHORIZED = 5;

export interface BrokerParts {
  sessions: SessionTable;
  intake: Intake;
  decideConnect(request: ConnectRequest): Promise<ConnectDecision>;
  counters: Counters;
  log: Log;
}

export interface Broker {
  /** Rejects with the server's error when the port is taken. */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Ends the connection of a device, if there is one. */
  disconnect(device: string): void;
  stop(): Promise<void>;
}

export async function makeBroker(parts: BrokerParts): Promise<Broker> {
  const { sessions, intake, counters, log } = parts;
  const byClient = new Map<Client, Session>();
  const connects = new WeakMap<Client, Pick<ConnectRequest, 'will' | 'clean' | 'keepAliveSeconds'>>();
  const aedes = await Aedes.createBroker({ connectTimeout: CONNECT_LIMIT_MS, maxClientsIdLength: 128 });
  distributeNothing(aedes);

  const refuse = (code: WireErrorCode, fields: object): Error => {
    counters.count(code);
    log.warn({ code, ...fields }, 'Refused on the wire.');
    return new Error(code);
  };

  aedes.preConnect = (client, packet, done) => {
    const will = packet.will && { topic: packet.will.topic, retain: packet.will.retain === true };
    connects.set(client, { will, clean: packet.clean === true, keepAliveSeconds: packet.keepalive ?? 0 });
    done(null, true);
  };

  aedes.authenticate = (client, username, password, done) => {
    const fail = (error: Error) =>
      done(Object.assign(error, { returnCode: NOT_AUTHORIZED }) as AuthenticateError, null);
    const request = { clientId: client.id, username, password, ...connects.get(client)! };
    parts.decideConnect(request).then((decision) => {
      if (!decision.ok)
        return fail(refuse(decision.code, { device: decision.device, clientId: client.id.slice(0, 80) }));
      if (client.closed) return;
      const publish = (topic: string, payload: string) => deliver(client, topic, payload);
      byClient.set(client, sessions.open(decision.start, publish));
      log.info(
        { device: decision.start.device.id, boot: decision.start.boot, conn: decision.start.conn },
        'An evaluator connected.',
      );
      done(null, true);
    }, fail);
  };

  const deliver = (client: Client, topic: string, payload: string) => {
    if (client.closed) return;
    if (client.conn.writableLength > DOWN_QUEUE_LIMIT_BYTES) {
      log.warn({ topic }, 'An evaluator does not take what is sent to it; its connection ends.');
      client.close();
      return;
    }
    const packet = {
      cmd: 'publish' as const,
      topic,
      payload: Buffer.from(payload, 'latin1'),
      qos: 1 as const,
      retain: false,
      dup: false,
    };
    client.publish(packet, (error?: Error) => {
      if (error) log.info({ topic, reason: error.message }, 'A message to an evaluator was not sent.');
    });
  };

  aedes.authorizeSubscribe = (client, subscription, done) => {
    const session = byClient.get(client);
    if (
      session &&
      maySubscribe({ hall: session.device.hall, device: session.device.id }, subscription.topic)
    ) {
      return done(null, subscription);
    }
    done(refuse('topic.not-own', { device: session?.device.id, topic: subscription.topic.slice(0, 200) }));
  };

  aedes.authorizePublish = (client, packet, done) => {
    const session = client && byClient.get(client);
    if (!session) return done(new Error('nobody publishes without a session'));
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const rule = publishRule(
      { hall: session.device.hall, device: session.device.id },
      { topic: packet.topic, payloadBytes: payload.length, retain: packet.retain, qos: packet.qos },
    );
    if ('code' in rule)
      return done(refuse(rule.code, { device: session.device.id, topic: packet.topic.slice(0, 200) }));
    const taken = take(session, rule.kind, payload);
    taking.add(taken);
    taken.finally(() => taking.delete(taken)).catch(() => undefined);
    taken.then(
      () => done(),
      (error: Error) => {
        log.warn(
          { device: session.device.id, reason: error.message },
          'Nothing was acknowledged; the evaluator will send it again.',
        );
        done(error);
      },
    );
  };

  const take = async (session: Session, kind: UpKind, payload: Buffer): Promise<void> => {
    if (kind === 'evaluation') return intake.evaluation(session, payload);
    const envelope = sessions.receive(session, kind, payload.toString('latin1'));
    if ('code' in envelope) {
      refuse(envelope.code, { device: session.device.id, kind });
      return;
    }
    if (envelope.kind === 'hello') return intake.hello(session, envelope.message);
    if (envelope.kind === 'health') intake.health(session, envelope.message);
    else if (envelope.kind === 'progress') sessions.progressReceived(session, envelope.message);
    else session.will = envelope.message;
  };

  const ended = (client: Client) => {
    const session = byClient.get(client);
    byClient.delete(client);
    if (session) sessions.close(session);
  };
  aedes.on('clientError', (_client, error) =>
    log.info({ reason: error.message }, 'A connection ended with an error.'),
  );
  aedes.on('connectionError', (_client, error) =>
    log.info({ reason: error.message }, 'A connection was not accepted.'),
  );

  /** Those too that aedes does not know yet. */
  const sockets = new Set<Socket>();
  /** Payloads whose commit is under way. */
  const taking = new Set<Promise<void>>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    guard(socket, () => refuse('payload.too-large', { address: socket.remoteAddress }));
    const client = aedes.handle(socket);
    // Not aedes' clientDisconnect: it is not told of a connection that broke while it was being accepted.
    socket.once('close', () => ended(client));
  });
  server.maxConnections = CONNECTIONS_LIMIT;

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.off('error', reject);
          resolve({ port: (server.address() as { port: number }).port });
        });
      }),
    disconnect(device) {
      for (const [client, session] of byClient) if (session.device.id === device) client.close();
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => {
        aedes.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      await closed;
      await Promise.allSettled(taking);
    },
  };
}

/**
 * What devices publish has been taken when it was authorised, and downward messages are written to their one
 * connection: nobody subscribes on the bus, so nothing is put on it.
 */
function distributeNothing(aedes: Aedes): void {
  const publish = (_packet: unknown, second: unknown, third?: unknown) => {
    const done = typeof second === 'function' ? second : third;
    if (typeof done === 'function') done();
  };
  aedes.publish = publish as Aedes['publish'];
}

/** aedes takes bytes by `read`: what it is about to take passes the guard first. */
function guard(socket: Socket, onTooLong: () => void): void {
  const packets = makePacketGuard();
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk = read(size) as Buffer | null;
    if (chunk === null || packets.accepts(chunk)) return chunk;
    onTooLong();
    socket.destroy();
    return null;
  };
}
