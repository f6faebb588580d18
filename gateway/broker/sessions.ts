// The sessions of connected evaluators: keys and counters of both directions, what hello and health told. Opens
// upward envelopes, seals downward messages; asks nobody about access and stores nothing.
import { Compile } from 'typebox/compile';
import type { DownKind } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { openEnvelope, type SessionKeys, sealEnvelope } from '../../protocol/keys.ts';
import { Health, Hello, Progress, Will } from '../../protocol/messages.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { KnownDevice } from '../fleet/registry.ts';
import type { Clock, ConnectedDevice, MakeDown, Sessions } from '../ports.ts';

const SCHEMAS = {
  hello: Compile(Hello),
  health: Compile(Health),
  progress: Compile(Progress),
  will: Compile(Will),
};

export interface SessionStart {
  device: KnownDevice;
  boot: number;
  conn: number;
  nonce: string;
  sessionKeys: SessionKeys;
  /** False where others may publish in its name: only what is signed is its own, and nothing else moves its journal. */
  proven: boolean;
}

export interface Session extends SessionStart {
  /** Highest counter received, -1 before the first. */
  upCounter: number;
  downCounter: number;
  hello: Hello | undefined;
  health: Health | undefined;
  will: Will | undefined;
  seenAtMs: number;
  /** Records up to here are committed and their `ack` has not left. */
  owedUpTo: number | undefined;
  /** Puts a message on the wire. */
  publish(message: DownMessage): void;
}

/** As it is before anything was heard. */
export function unheardSession(start: SessionStart, publish: Session['publish'], seenAtMs: number): Session {
  return {
    device: start.device,
    boot: start.boot,
    conn: start.conn,
    nonce: start.nonce,
    sessionKeys: start.sessionKeys,
    proven: start.proven,
    publish,
    upCounter: -1,
    downCounter: 0,
    hello: undefined,
    health: undefined,
    will: undefined,
    seenAtMs,
    owedUpTo: undefined,
  };
}

export interface DownMessage {
  topic: string;
  payload: string;
  qos: 0 | 1;
}

export type Envelope =
  | { kind: 'hello'; message: Hello }
  | { kind: 'health'; message: Health }
  | { kind: 'progress'; message: Progress }
  | { kind: 'will'; message: Will };

export interface SessionTable extends Sessions {
  open(start: SessionStart, publish: Session['publish']): Session;
  /** Told once, when the connection has ended; an older connection that a newer one replaced is not told. */
  close(session: Session): void;
  /** Verifies MAC, shape and counter of an upward envelope. */
  receive(session: Session, kind: Envelope['kind'], payload: string): Envelope | { code: WireErrorCode };
  sendTo(session: Session, kind: DownKind, message: object | MakeDown): void;
  helloReceived(session: Session, hello: Hello): void;
  healthReceived(session: Session, health: Health): void;
  progressReceived(session: Session, progress: Progress): void;
}

export function makeSessions(clock: Clock): SessionTable {
  const byDevice = new Map<string, Session>();
  const helloListeners: Parameters<Sessions['onHello']>[0][] = [];
  const healthListeners: Parameters<Sessions['onHealth']>[0][] = [];
  const progressListeners: Parameters<Sessions['onProgress']>[0][] = [];
  const offlineListeners: Parameters<Sessions['onOffline']>[0][] = [];

  const describe = (session: Session): ConnectedDevice => ({
    device: session.device.id,
    window: session.device.window,
    boot: session.boot,
    conn: session.conn,
    hello: session.hello,
    health: session.health,
    seenAtMs: session.seenAtMs,
  });

  const sendTo: SessionTable['sendTo'] = (session, kind, message) => {
    session.downCounter += 1;
    const { down } = session.sessionKeys;
    const n = session.downCounter;
    const body = typeof message === 'function' ? (message as MakeDown)({ n, down }) : message;
    const payload = sealEnvelope(down, kind, { n, ...body });
    const topic = topicOf({ hall: session.device.hall, device: session.device.id }, kind);
    // `ack` is cumulative: a PUBACK for it would tell nobody anything.
    session.publish({ topic, payload, qos: kind === 'ack' ? 0 : 1 });
  };

  return {
    open(start, publish) {
      const session = unheardSession(start, publish, clock.nowMs());
      byDevice.set(start.device.id, session);
      return session;
    },
    close(session) {
      if (byDevice.get(session.device.id) !== session) return;
      byDevice.delete(session.device.id);
      for (const listener of offlineListeners) listener(describe(session), session.will);
    },
    receive(session, kind, payload) {
      const body = openEnvelope(session.sessionKeys.up, kind, payload);
      if (body === undefined) return { code: 'payload.mac' };
      const message = parseJson(body);
      if (message === undefined) return { code: 'payload.not-json' };
      if (!SCHEMAS[kind].Check(message)) return { code: 'payload.schema' };
      if (message.n <= session.upCounter && kind !== 'will') return { code: 'payload.counter' };
      const isOwn = !('boot' in message) || (message.boot === session.boot && message.conn === session.conn);
      if (!isOwn) return { code: 'payload.schema' };
      session.upCounter = Math.max(session.upCounter, message.n);
      session.seenAtMs = clock.nowMs();
      return { kind, message } as Envelope;
    },
    sendTo,
    helloReceived(session, hello) {
      session.hello = hello;
      for (const listener of helloListeners) listener(describe(session), hello);
    },
    healthReceived(session, health) {
      session.health = health;
      for (const listener of healthListeners) listener(describe(session), health);
    },
    progressReceived(session, progress) {
      for (const listener of progressListeners) listener(describe(session), progress);
    },
    send(device, kind, message) {
      const session = byDevice.get(device);
      if (!session?.hello) return false;
      sendTo(session, kind, message);
      return true;
    },
    connected: () => [...byDevice.values()].map(describe),
    find(device) {
      const session = byDevice.get(device);
      return session && describe(session);
    },
    onHello: (listener) => void helloListeners.push(listener),
    onHealth: (listener) => void healthListeners.push(listener),
    onProgress: (listener) => void progressListeners.push(listener),
    onOffline: (listener) => void offlineListeners.push(listener),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
