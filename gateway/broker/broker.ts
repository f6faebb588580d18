// The embedded MQTT broker: our connect proof, access rules and limits on the connections of mqtt-server. It decides
// who may say what; what a message leads to is the intake's. A PUBACK of a record leaves only after the intake has
// committed it. Nothing is distributed or retained, and sessions end with their connections.
import type { Socket } from 'node:net';
import type { UpKind } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import type { Intake } from '../intake/intake.ts';
import { mark } from '../marks.ts';
import type { Clock, Counters, Log } from '../ports.ts';
import { maySubscribe, publishRule, upTopics } from './access-rules.ts';
import type { ConnectDecision, ConnectRequest } from './connect-check.ts';
import type { Connection, ConnectionHandlers, Publish, Settled } from './mqtt-connection.ts';
import { type MqttServer, makeMqttServer } from './mqtt-server.ts';
import type { Session, SessionTable } from './sessions.ts';

const NOT_AUTHORIZED = 5;

export interface BrokerParts {
  sessions: SessionTable;
  intake: Intake;
  decideConnect(request: ConnectRequest): Promise<ConnectDecision>;
  clock: Clock;
  counters: Counters;
  log: Log;
}

export interface Broker extends MqttServer {
  /** Ends the connection of a device, if there is one. */
  disconnect(device: string): void;
}

export function makeBroker(parts: BrokerParts): Broker {
  const { sessions, intake, clock, counters, log } = parts;
  const byDevice = new Map<string, Connection>();
  /** Payloads whose commit is under way. */
  let underWay = 0;
  let onIdle: (() => void) | undefined;

  const refuse = (code: WireErrorCode, fields: object) => {
    counters.count(code);
    log.warn({ code, ...fields }, 'Refused on the wire.');
  };

  const take = (session: Session, kind: UpKind, payload: Buffer, settled: Settled) => {
    if (kind === 'evaluation') return intake.evaluation(session, payload, settled);
    const envelope = sessions.receive(session, kind, payload.toString('latin1'));
    if ('code' in envelope) refuse(envelope.code, { device: session.device.id, kind });
    else if (envelope.kind === 'hello')
      return intake.hello(session, envelope.message).then(() => settled(), settled);
    else if (envelope.kind === 'health') intake.health(session, envelope.message);
    else if (envelope.kind === 'progress') sessions.progressReceived(session, envelope.message);
    else session.will = envelope.message;
    settled();
  };

  /** What throws on the way of one message costs that connection, not the process. */
  const takeOrFail: typeof take = (session, kind, payload, settled) => {
    try {
      take(session, kind, payload, settled);
    } catch (error) {
      settled(error as Error);
    }
  };

  const serve = (its: () => Connection, socket: Socket): ConnectionHandlers => {
    let session: Session | undefined;
    let topics: ReadonlyMap<string, UpKind> = new Map();

    const takeOne = (kind: UpKind, { payload }: Publish, settled: Settled) => {
      underWay += 1;
      takeOrFail(session!, kind, payload, settled);
    };

    return {
      connect(packet) {
        const { clientId, username, password, clean, keepalive } = packet;
        const request: ConnectRequest = {
          clientId,
          username,
          password,
          will: packet.will && { topic: packet.will.topic, retain: packet.will.retain === true },
          clean: clean === true,
          keepAliveSeconds: keepalive ?? 0,
        };
        const connection = its();
        parts.decideConnect(request).then(
          (decision) => {
            if (!decision.ok) {
              refuse(decision.code, { device: decision.device, clientId: clientId.slice(0, 80) });
              return connection.refuse(NOT_AUTHORIZED);
            }
            if (connection.closed) return;
            const { device, boot, conn } = decision.start;
            // Section 3.1.4: the older connection of the same client ends.
            const older = byDevice.get(device.id);
            if (older) mark('link.taken-over');
            older?.close('its device connected anew');
            byDevice.set(device.id, connection);
            topics = upTopics({ hall: device.hall, device: device.id });
            session = sessions.open(decision.start, (message) => connection.publish(message));
            log.info({ device: device.id, boot, conn }, 'An evaluator connected.');
            connection.accept(request.keepAliveSeconds);
          },
          (error: Error) => {
            log.warn({ reason: error.message }, 'A connection could not be decided on.');
            connection.refuse(NOT_AUTHORIZED);
          },
        );
      },

      settling: (done) => (error) => {
        underWay -= 1;
        if (underWay === 0) onIdle?.();
        if (!error) return done();
        log.warn(
          { device: session?.device.id, reason: error.message },
          'Nothing was acknowledged; the evaluator will send it again.',
        );
        its().close(error.message);
      },

      publish(publish, settled) {
        const rule = publishRule(topics, publish);
        if ('kind' in rule) return takeOne(rule.kind, publish, settled);
        refuse(rule.code, { device: session?.device.id, topic: publish.topic.slice(0, 200) });
        its().close(rule.code);
      },

      subscribe(filters) {
        const { device } = session!;
        const foreign = filters.find(
          (filter) => !maySubscribe({ hall: device.hall, device: device.id }, filter),
        );
        if (foreign !== undefined)
          refuse('topic.not-own', { device: device.id, topic: foreign.slice(0, 200) });
        return foreign === undefined;
      },

      tooLong: () => refuse('payload.too-large', { address: socket.remoteAddress }),

      ended(will) {
        if (!session) return;
        const { id } = session.device;
        if (byDevice.get(id) === its()) byDevice.delete(id);
        if (will) {
          const left = sessions.receive(session, 'will', Buffer.from(will.payload).toString('latin1'));
          if ('code' in left) refuse(left.code, { device: id, kind: 'will' });
          else if (left.kind === 'will') session.will = left.message;
        }
        sessions.close(session);
      },
    };
  };

  const server = makeMqttServer({
    clock,
    serve,
    onClosed: (reason) => log.info({ reason }, 'A connection ended.'),
  });

  return {
    listen: server.listen,
    accept: server.accept,
    watchSilence: server.watchSilence,
    disconnect: (device) => byDevice.get(device)?.close('it was revoked'),
    async stop() {
      await server.stop();
      if (underWay === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    },
  };
}
