// A gateway that does what a test says: takes evaluators that prove themselves, opens what they send, and sends what
// it is told to. Its nonces count from 1, so that two runs with the same device meet the same session keys.
import mqttPacket, { type Packet } from 'mqtt-packet';
import type { DownKind } from '../../protocol/constants.ts';
import {
  connectProofIsRight,
  type DeviceKeys,
  deriveKeys,
  deriveSessionKeys,
  evaluationIsSigned,
  openEnvelope,
  parseConnectPassword,
  type SessionKeys,
  sealEnvelope,
} from '../../protocol/keys.ts';
import type { Evaluation, Hello } from '../../protocol/messages.ts';
import { encodeProbeAnswer, parseProbe } from '../../protocol/probe.ts';
import type { ConnectionHandlers, ServerConnection, SimulatedServer } from '../server.ts';

export interface ScriptedDevice {
  hall: string;
  device: string;
  handle: string;
  key: string;
  gen: number;
}

export interface ScriptedSession {
  readonly device: string;
  readonly boot: number;
  readonly conn: number;
  /** Its hello, once it came. */
  hello: Hello | undefined;
  open: boolean;
  /** Seals and sends; `n` is added. False when the connection is gone. */
  send(kind: DownKind, message: object): boolean;
  /** Answers the hello with the time, by which the device knows that it is online. */
  tellTime(): void;
  /** Bytes as they are, to try what a device does with them. */
  write(bytes: Uint8Array): void;
  end(): void;
  /** Of the last message sent. */
  counter: number;
  readonly keys: SessionKeys;
}

export interface PublishSeen {
  device: string;
  kind: string;
  /** The body of what verified; undefined if MAC or signature is wrong. */
  body: unknown;
}

export interface ScriptedGatewayOptions {
  devices: readonly ScriptedDevice[];
  /** What the gateway tells as its time. */
  wallMs(): number;
  /** Without it the hello is answered with the time. */
  onHello?(session: ScriptedSession, hello: Hello): void;
  onEvaluation?(session: ScriptedSession, record: Evaluation): void;
  onPublish?(seen: PublishSeen): void;
}

export interface ScriptedGateway extends SimulatedServer {
  /** Newest first. */
  sessions(device: string): ScriptedSession[];
  /** The newest open session that said hello. */
  online(device: string): ScriptedSession | undefined;
}

export function createScriptedGateway(options: ScriptedGatewayOptions): ScriptedGateway {
  const known = new Map(
    options.devices.map((identity) => [
      `${identity.hall}.${identity.device}`,
      {
        identity,
        keys: deriveKeys({
          key: Buffer.from(identity.key, 'hex'),
          deviceHandle: identity.handle,
          gen: identity.gen,
        }),
      },
    ]),
  );
  const sessions = new Map<string, ScriptedSession[]>();
  let nonces = 0;

  const gateway: ScriptedGateway = {
    sessions: (device) => sessions.get(device) ?? [],
    online: (device) => gateway.sessions(device).find((session) => session.open && session.hello),
    answer(datagram) {
      const probe = parseProbe(datagram);
      if (!probe || !known.has(`${probe.hall}.${probe.device}`)) return undefined;
      nonces += 1;
      return Buffer.from(
        encodeProbeAnswer({ token: probe.token, nonce: nonces.toString(16).padStart(32, '0') }),
      );
    },
    accept(connection): ConnectionHandlers {
      const parser = mqttPacket.parser({ protocolVersion: 4 });
      let session: ScriptedSession | undefined;
      let keys: DeviceKeys | undefined;
      let prefix = '';
      parser.on('error', () => connection.end());
      parser.on('packet', (packet) => {
        if (packet.cmd === 'connect') {
          const found = known.get(String(packet.username));
          const proof = parseConnectPassword(String(packet.password));
          if (!found || !proof || !connectProofIsRight(found.keys, found.identity.handle, proof)) {
            write(connection, { cmd: 'connack', returnCode: 5, sessionPresent: false });
            connection.end();
            return;
          }
          const { identity } = found;
          keys = found.keys;
          prefix = `pingjia/1/${identity.hall}/${identity.device}/`;
          const numbers = { deviceHandle: identity.handle, ...proof };
          session = makeSession(connection, {
            identity,
            prefix,
            proof,
            keys: deriveSessionKeys(keys, numbers),
            wallMs: options.wallMs,
          });
          sessions.set(identity.device, [session, ...gateway.sessions(identity.device)]);
          write(connection, { cmd: 'connack', returnCode: 0, sessionPresent: false });
        } else if (packet.cmd === 'subscribe') {
          const granted = packet.subscriptions.map(() => 1);
          write(connection, { cmd: 'suback', messageId: packet.messageId!, granted });
        } else if (packet.cmd === 'pingreq') {
          write(connection, { cmd: 'pingresp' });
        } else if (packet.cmd === 'publish' && session && keys) {
          if (packet.qos === 1) write(connection, { cmd: 'puback', messageId: packet.messageId! });
          const kind = packet.topic.slice(prefix.length);
          take({ session, keys, kind, payload: packet.payload.toString('latin1') });
        }
      });
      return {
        onData: (bytes) => void parser.parse(Buffer.from(bytes)),
        onClose() {
          if (session) session.open = false;
        },
      };
    },
  };

  const take = (message: { session: ScriptedSession; keys: DeviceKeys; kind: string; payload: string }) => {
    const { session, keys, kind, payload } = message;
    const { device } = session;
    if (kind === 'evaluation') {
      const record = JSON.parse(payload) as Evaluation;
      const { identity } = [...known.values()].find((one) => one.identity.device === device)!;
      const signed = evaluationIsSigned(keys, identity.handle, record);
      options.onPublish?.({ device, kind, body: signed ? record : undefined });
      if (signed) options.onEvaluation?.(session, record);
      return;
    }
    const text = openEnvelope(session.keys.up, kind as 'hello', payload);
    const body = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
    options.onPublish?.({ device, kind, body });
    if (!body) return;
    if (kind === 'hello') {
      session.hello = body as Hello;
      if (options.onHello) options.onHello(session, session.hello);
      else session.tellTime();
    }
    if (kind === 'health') session.send('time', { echo: body.uptime, wall: options.wallMs() });
  };

  return gateway;
}

interface SessionParts {
  identity: ScriptedDevice;
  prefix: string;
  proof: { boot: number; conn: number };
  keys: SessionKeys;
  wallMs(): number;
}

function makeSession(connection: ServerConnection, parts: SessionParts): ScriptedSession {
  const { identity, prefix, proof, keys } = parts;
  let messageId = 0;
  const session: ScriptedSession = {
    device: identity.device,
    boot: proof.boot,
    conn: proof.conn,
    hello: undefined,
    open: true,
    counter: 0,
    keys,
    send(kind, message) {
      if (!session.open) return false;
      session.counter += 1;
      messageId = (messageId % 65_535) + 1;
      const payload = sealEnvelope(keys.down, kind, { n: session.counter, ...message });
      write(connection, {
        cmd: 'publish',
        topic: `${prefix}${kind}`,
        payload,
        qos: 1,
        messageId,
        dup: false,
        retain: false,
      });
      return true;
    },
    tellTime: () => void session.send('time', { echo: session.hello!.uptime, wall: parts.wallMs() }),
    write: (bytes) => connection.write(bytes),
    end: () => connection.end(),
  };
  return session;
}

function write(connection: ServerConnection, packet: Packet): void {
  connection.write(mqttPacket.generate(packet));
}
