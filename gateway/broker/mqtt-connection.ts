// One MQTT 3.1.1 connection on a socket: cuts bytes into packets, keeps the order of PUBACKs, and writes all that one
// turn of the event loop has for it at once. Records take the short way through it, every other packet is read by
// mqtt-packet. Decides nothing about who may say what.
import type { Socket } from 'node:net';
import { type IConnectPacket, type Packet, type Parser, parser } from 'mqtt-packet';
import {
  connackBytes,
  PINGRESP,
  pubacksBytes,
  publishBytes,
  subackBytes,
  unsubackBytes,
} from './mqtt-bytes.ts';

/** An upward payload with topic and headers, or a CONNECT with its will. */
export const PACKET_LIMIT_BYTES = 2048;
/** Bytes behind a CONNECT that is not answered yet. */
const EARLY_LIMIT_BYTES = 16_384;
/** PUBLISH packets without their PUBACK before nothing more is read; evaluators have 16 in flight at most. */
export const UNANSWERED_LIMIT_PACKETS = 64;
/** An evaluator that lets more than this pile up on its way down is not there any more; its connection ends. */
export const DOWN_QUEUE_LIMIT_BYTES = 131_072;

export interface Publish {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
}

/** Without an error, it is done. */
export type Settled = (error?: Error) => void;

export interface ConnectionHandlers {
  /** Answered later with `accept` or `refuse`; nothing is read until then. */
  connect(packet: IConnectPacket): void;
  /** What `publish` is given, once for each place of a PUBLISH without its PUBACK; used again and again. */
  settling(done: () => void): Settled;
  /** `settled` once; the PUBACK leaves when every PUBLISH before it is done as well. */
  publish(publish: Publish, settled: Settled): void;
  /** False closes the connection. */
  subscribe(filters: string[]): boolean;
  tooLong(): void;
  /** Told once. With its will, unless the client took leave. */
  ended(will: IConnectPacket['will']): void;
}

export interface Connection {
  readonly closed: boolean;
  /** Since the last byte came; counted by whoever watches keep-alive. */
  silentSeconds: number;
  /** Silence after which the connection ends; before CONNECT the limit for that. */
  silenceLimitSeconds: number;
  accept(keepAliveSeconds: number): void;
  /** Return code of CONNACK, section 3.2.2.3. */
  refuse(returnCode: number): void;
  publish(message: { topic: string; payload: string; qos: 0 | 1 }): void;
  /** What was written before still leaves. */
  close(reason: string): void;
  /** At once, whatever is on its way. */
  abort(): void;
  /** Writes what is collected. */
  flush(): void;
}

export interface ConnectionOptions {
  connectLimitSeconds: number;
  handlers: ConnectionHandlers;
  /** Asks for `flush` before the next turn. */
  onOutput(connection: Connection): void;
  onClosed(reason: string): void;
}

type State = 'new' | 'deciding' | 'accepted' | 'closed';
/** A PUBLISH without its PUBACK. Made once and used again, since all of them together would be most of the garbage. */
interface Unanswered {
  messageId: number;
  done: boolean;
  settled: Settled;
}

export function serveConnection(socket: Socket, options: ConnectionOptions): Connection {
  const { handlers } = options;
  let state: State = 'new';
  let will: IConnectPacket['will'];
  let rest: Buffer | undefined;
  let collected: Buffer[] = [];
  let nextMessageId = 1;
  /** A ring, in the order of the PUBLISH packets (section 4.6). */
  const ring: Unanswered[] = [];
  let oldest = 0;
  let unanswered = 0;
  const inRing = (index: number) => ring[(oldest + index) % UNANSWERED_LIMIT_PACKETS]!;
  /** Nothing is read, in the socket or in `rest`, until PUBACKs have left. */
  let isWaiting = false;
  let isTaking = false;

  let isAsked = false;
  const askForFlush = () => {
    if (isAsked) return;
    isAsked = true;
    options.onOutput(connection);
  };
  const put = (bytes: Buffer) => {
    if (state === 'closed') return;
    collected.push(bytes);
    askForFlush();
  };

  const makeUnanswered = (): Unanswered => {
    const done = () => {
      entry.done = true;
      if (state === 'closed' || inRing(0) !== entry) return;
      askForFlush();
      if (isWaiting && state === 'accepted') takeWaiting();
    };
    const entry: Unanswered = { messageId: 0, done: false, settled: handlers.settling(done) };
    return entry;
  };
  /** Of what gets no PUBACK. */
  let unasked: Settled | undefined;
  const addUnanswered = (messageId: number): Unanswered => {
    const at = (oldest + unanswered) % UNANSWERED_LIMIT_PACKETS;
    const entry = ring[at] ?? makeUnanswered();
    ring[at] = entry;
    entry.messageId = messageId;
    entry.done = false;
    unanswered += 1;
    return entry;
  };

  /** All PUBACKs that may leave, at once. */
  const answerInOrder = () => {
    let count = 0;
    while (count < unanswered && inRing(count).done) count += 1;
    if (count === 0) return;
    collected.push(pubacksBytes(count, (index) => inRing(index).messageId));
    oldest = (oldest + count) % UNANSWERED_LIMIT_PACKETS;
    unanswered -= count;
  };

  /** What came behind the limit of packets without PUBACK, once there is room for more. */
  const takeWaiting = () => {
    answerInOrder();
    if (isTaking || unanswered >= UNANSWERED_LIMIT_PACKETS) return;
    isWaiting = false;
    const waiting = rest;
    rest = undefined;
    if (waiting) takeAll(waiting);
    if (!isWaiting && state === 'accepted') socket.resume();
  };

  const onPublish = (bytes: Buffer, at: number, bodyAt: number, end: number) => {
    const flags = bytes[at]!;
    const qos = (flags >> 1) & 3;
    const topicEnd = bodyAt + 2 > end ? end : bodyAt + 2 + bytes.readUInt16BE(bodyAt);
    const payloadAt = qos === 0 ? topicEnd : topicEnd + 2;
    if (payloadAt > end || topicEnd < bodyAt + 2) return connection.close('a malformed PUBLISH');
    const publish = {
      topic: topicIn(bytes, bodyAt + 2, topicEnd),
      payload: bytes.subarray(payloadAt, end),
      qos,
      retain: (flags & 1) === 1,
    };
    if (qos === 0) {
      unasked ??= handlers.settling(() => undefined);
      return handlers.publish(publish, unasked);
    }
    handlers.publish(publish, addUnanswered(bytes.readUInt16BE(topicEnd)).settled);
  };

  /** An evaluator uses few topics: the text that it used last is not made again. */
  let lastTopic = '';
  const topicIn = (bytes: Buffer, at: number, end: number): string => {
    const length = end - at;
    let index = 0;
    if (length === lastTopic.length)
      while (index < length && bytes[at + index] === lastTopic.charCodeAt(index)) index += 1;
    if (index < length || length === 0) lastTopic = bytes.toString('latin1', at, end);
    return lastTopic;
  };

  const onOther = (packet: Packet) => {
    if (packet.cmd === 'connect' && state === 'new') {
      if (packet.protocolVersion !== 4) return connection.refuse(UNACCEPTABLE_PROTOCOL);
      state = 'deciding';
      will = packet.will;
      socket.pause();
      return handlers.connect(packet);
    }
    if (state !== 'accepted') return connection.close(`${packet.cmd} before it was accepted`);
    switch (packet.cmd) {
      case 'subscribe': {
        const filters = packet.subscriptions.map(({ topic }) => topic);
        if (!handlers.subscribe(filters)) return connection.close('a subscription it may not have');
        return put(
          subackBytes(
            packet.messageId!,
            packet.subscriptions.map(({ qos }) => Math.min(qos, 1)),
          ),
        );
      }
      case 'unsubscribe':
        return put(unsubackBytes(packet.messageId!));
      case 'pingreq':
        return put(PINGRESP);
      case 'disconnect':
        will = undefined;
        return connection.close('it took leave');
      default:
        return connection.close(`${packet.cmd} out of place`);
    }
  };

  /** One packet, from its first byte at `at` to `end`. */
  const onPacket = (bytes: Buffer, at: number, bodyAt: number, end: number) => {
    const type = bytes[at]! >> 4;
    if (state === 'accepted' && type === PUBLISH) return onPublish(bytes, at, bodyAt, end);
    if (state === 'accepted' && type === PUBACK) return;
    const packet = readPacket(bytes.subarray(at, end));
    if (packet instanceof Error) connection.close(packet.message);
    else onOther(packet);
  };

  const takeAll = (chunk: Buffer) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    isTaking = true;
    while (at < bytes.length && state !== 'deciding' && unanswered < UNANSWERED_LIMIT_PACKETS) {
      const header = headerAt(bytes, at);
      if (header === 'too-long') {
        handlers.tooLong();
        return connection.close('a packet longer than any of ours');
      }
      if (header === undefined || header.end > bytes.length) break;
      onPacket(bytes, at, header.bodyAt, header.end);
      at = header.end;
      // Whoever was told of the packet may have closed it.
      if (connection.closed) return;
    }
    isTaking = false;
    if (unanswered >= UNANSWERED_LIMIT_PACKETS) {
      isWaiting = true;
      socket.pause();
    }
    if (at === bytes.length) return;
    rest = bytes.subarray(at);
    if (state === 'deciding' && rest.length > EARLY_LIMIT_BYTES)
      connection.close('too much before it was accepted');
  };

  const connection: Connection = {
    get closed() {
      return state === 'closed';
    },
    silentSeconds: 0,
    silenceLimitSeconds: options.connectLimitSeconds,
    accept(keepAliveSeconds) {
      if (state !== 'deciding') return;
      state = 'accepted';
      connection.silentSeconds = 0;
      // Section 3.1.2.10.
      connection.silenceLimitSeconds = keepAliveSeconds * 1.5;
      put(connackBytes(0));
      const early = rest;
      rest = undefined;
      if (early) takeAll(early);
      if (!isWaiting) socket.resume();
    },
    refuse(returnCode) {
      if (state === 'closed') return;
      put(connackBytes(returnCode));
      connection.flush();
      connection.close(`refused with return code ${returnCode}`);
    },
    publish({ topic, payload, qos }) {
      put(publishBytes({ topic, payload, messageId: qos === 1 ? nextMessageId : undefined }));
      if (qos === 1) nextMessageId = nextMessageId === 0xffff ? 1 : nextMessageId + 1;
    },
    close(reason) {
      if (state === 'closed') return;
      const wasAccepted = state === 'accepted';
      state = 'closed';
      rest = undefined;
      unanswered = 0;
      // After what was written before, such as a CONNACK that refuses.
      socket.destroySoon();
      options.onClosed(reason);
      handlers.ended(wasAccepted ? will : undefined);
    },
    abort() {
      socket.destroy();
      connection.close('the gateway stops');
    },
    flush() {
      isAsked = false;
      if (state === 'closed') return;
      answerInOrder();
      if (collected.length > 0) write();
      // Those before the limit may all have been done at once.
      if (isWaiting && state === 'accepted') takeWaiting();
    },
  };

  const write = () => {
    const bytes = collected.length === 1 ? collected[0]! : Buffer.concat(collected);
    collected = [];
    if (socket.writableLength > DOWN_QUEUE_LIMIT_BYTES) {
      socket.destroy();
      return connection.close('it does not take what is sent to it');
    }
    socket.write(bytes);
  };

  socket.on('data', (chunk: Buffer) => {
    connection.silentSeconds = 0;
    takeAll(chunk);
  });
  socket.on('error', (error) => connection.close(error.message));
  socket.on('end', () => connection.close('the other side ended it'));
  socket.on('close', () => connection.close('the connection broke'));
  return connection;
}

const CONNECT = 1;
const PUBLISH = 3;
const PUBACK = 4;
const UNACCEPTABLE_PROTOCOL = 1;
const LENGTH_LIMIT_BYTES = 4;

/** Fixed header, section 2.2; undefined while it is not whole. */
function headerAt(bytes: Buffer, at: number): { bodyAt: number; end: number } | 'too-long' | undefined {
  let length = 0;
  for (let digit = 0; at + 1 + digit < bytes.length; digit += 1) {
    const byte = bytes[at + 1 + digit]!;
    length += (byte & 0x7f) * 128 ** digit;
    if (length > PACKET_LIMIT_BYTES || (byte >= 0x80 && digit + 1 === LENGTH_LIMIT_BYTES)) return 'too-long';
    if (byte < 0x80) return { bodyAt: at + 2 + digit, end: at + 2 + digit + length };
  }
  return undefined;
}

/**
 * For all connections: a reader is always given a whole packet, and making one costs more than reading one. CONNECT
 * has its own, since what it says of the protocol's version would hold for every packet that is read after it.
 */
const readers: { connect: Parser | undefined; other: Parser | undefined } = {
  connect: undefined,
  other: undefined,
};
let found: Packet | Error | undefined;

function readPacket(bytes: Buffer): Packet | Error {
  const name = bytes[0]! >> 4 === CONNECT ? 'connect' : 'other';
  readers[name] ??= makeReader();
  found = undefined;
  const unread = readers[name].parse(bytes);
  const packet = found as Packet | Error | undefined;
  // What it keeps of a malformed packet must not meet the next one.
  if (packet === undefined || packet instanceof Error || unread > 0) readers[name] = undefined;
  return packet ?? new Error('a malformed packet');
}

function makeReader(): Parser {
  const made = parser({ protocolVersion: 4 });
  made.on('packet', (packet: Packet) => {
    found = packet;
  });
  made.on('error', (error: Error) => {
    found = error;
  });
  return made;
}
