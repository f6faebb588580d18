import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { generate, type IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import {
  type Connection,
  PACKET_LIMIT_BYTES,
  type Publish,
  serveConnection,
  UNANSWERED_LIMIT_PACKETS,
} from './mqtt-connection.ts';

const CONNECT = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: 'c',
  clean: true,
  keepalive: 30,
  will: { topic: 'will', payload: 'gone', qos: 1, retain: false },
});
const CONNACK = '20020000';
const publish = (payload: string, messageId: number, fields: Partial<IPublishPacket> = {}) =>
  generate({
    cmd: 'publish',
    topic: 't',
    payload,
    qos: 1,
    messageId,
    retain: false,
    dup: false,
    ...fields,
  });

/** A connection over a stream in memory: what it wrote, and what it told. */
function open(options: { accept?: boolean; atOnce?: boolean } = {}) {
  const { accept = true, atOnce = false } = options;
  const written: Buffer[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  Object.assign(socket, { destroySoon: () => socket.destroy() });
  const published: (Publish & { done: () => void })[] = [];
  const told: string[] = [];
  const connection: Connection = serveConnection(socket as Parameters<typeof serveConnection>[0], {
    connectLimitSeconds: 10,
    handlers: {
      connect: () => accept && connection.accept(30),
      settling: (done) => done,
      publish(message, done) {
        published.push({ ...message, done });
        if (atOnce) done();
      },
      subscribe: (filters) => filters.every((filter) => filter === 't'),
      tooLong: () => void told.push('too long'),
      ended: (will) => void told.push(will ? `ended with ${will.payload}` : 'ended'),
    },
    onOutput: () => undefined,
    onClosed: () => undefined,
  });
  return {
    connection,
    socket,
    published,
    told,
    bring: (bytes: Buffer) => socket.emit('data', bytes),
    answered() {
      connection.flush();
      return Buffer.concat(written.splice(0)).toString('hex');
    },
  };
}
function inPieces(bytes: Buffer, sizes: number[], bring: (piece: Buffer) => void): void {
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length]!;
    bring(bytes.subarray(at, at + size));
    at += size;
  }
}
const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
const puback = (id: number) => `4002${id.toString(16).padStart(4, '0')}`;

describe('an MQTT connection', () => {
  it('hands over every message whole and in order, however its bytes are cut', () => {
    const payloads = fc.array(fc.string({ maxLength: 300, unit: 'binary-ascii' }), { maxLength: 20 });
    fc.assert(
      fc.property(payloads, sizes, (all, cut) => {
        const { published, bring } = open();
        const packets = all.map((payload, index) => publish(payload, index + 1, { qos: index % 2 ? 1 : 0 }));
        inPieces(Buffer.concat([CONNECT, ...packets]), cut, bring);
        expect(published.map(({ payload, topic }) => [topic, payload.toString('latin1')])).toEqual(
          all.map((payload) => ['t', payload]),
        );
      }),
    );
  });

  it('ends at the length of a packet that is longer than any of ours, wherever it stands and however it is cut', () => {
    const before = fc.array(fc.string({ maxLength: 100 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        before,
        fc.integer({ min: PACKET_LIMIT_BYTES + 1, max: 0xfffffff }),
        sizes,
        (all, length, cut) => {
          const { told, bring, connection } = open();
          const digits: number[] = [];
          for (let left = length; left > 0; left = Math.floor(left / 128))
            digits.push((left % 128) | (left >= 128 ? 0x80 : 0));
          const claim = Buffer.from([0x32, ...digits]);
          inPieces(Buffer.concat([CONNECT, ...all.map((payload) => publish(payload, 1)), claim]), cut, bring);
          expect(told).toEqual(['too long', 'ended with gone']);
          expect(connection.closed).toBe(true);
        },
      ),
    );
  });

  it('answers records in the order in which they came, and all that are done with one write', () => {
    const { published, bring, answered } = open();
    bring(Buffer.concat([CONNECT, publish('a', 1), publish('b', 2), publish('c', 3)]));
    expect(answered()).toBe(CONNACK);
    published[1]!.done();
    expect(answered()).toBe('');
    published[0]!.done();
    published[2]!.done();
    expect(answered()).toBe(puback(1) + puback(2) + puback(3));
  });

  it('reads nothing more while too many records wait, and goes on when they are stored', () => {
    const { published, bring, socket } = open();
    bring(CONNECT);
    for (let id = 1; id <= UNANSWERED_LIMIT_PACKETS; id += 1) bring(publish('x', id));
    expect(socket.isPaused()).toBe(true);
    published[0]!.done();
    expect(socket.isPaused()).toBe(false);
  });

  it('goes on behind messages that are all answered at once, however many came together', () => {
    const count = 2 * UNANSWERED_LIMIT_PACKETS + 1;
    const { published, bring, socket, answered } = open({ atOnce: true });
    bring(CONNECT);
    answered();
    bring(Buffer.concat(Array.from({ length: count }, (_, index) => publish('x', index + 1))));
    const all = Array.from({ length: 3 }, answered).join('');
    expect(published).toHaveLength(count);
    expect(all).toBe(Array.from({ length: count }, (_, index) => puback(index + 1)).join(''));
    expect(socket.isPaused()).toBe(false);
  });

  it('takes no more than that of what came at once, and the rest in order as records are stored', () => {
    const count = 3 * UNANSWERED_LIMIT_PACKETS;
    const { published, bring, socket, connection, answered } = open();
    bring(CONNECT);
    bring(Buffer.concat(Array.from({ length: count }, (_, index) => publish(`${index}`, index + 1))));
    expect(published).toHaveLength(UNANSWERED_LIMIT_PACKETS);
    for (let index = 0; index < count; index += 1) {
      expect(published.length).toBe(Math.min(count, UNANSWERED_LIMIT_PACKETS + index));
      expect(socket.isPaused()).toBe(published.length - index >= UNANSWERED_LIMIT_PACKETS);
      published[index]!.done();
    }
    connection.flush();
    expect(published.map(({ payload }) => String(payload))).toEqual(
      Array.from({ length: count }, (_, index) => `${index}`),
    );
    expect(answered()).toContain(`4002${count.toString(16).padStart(4, '0')}`);
  });

  it('keeps what follows a connect until it is decided, and takes nothing of one that is refused', () => {
    const waiting = open({ accept: false });
    waiting.bring(Buffer.concat([CONNECT, publish('early', 1)]));
    expect(waiting.published).toEqual([]);
    waiting.connection.accept(30);
    expect(waiting.published).toHaveLength(1);
    const refused = open({ accept: false });
    refused.bring(Buffer.concat([CONNECT, publish('early', 1)]));
    refused.connection.refuse(5);
    expect(refused.answered()).toBe('20020005');
    expect(refused.published).toEqual([]);
    expect(refused.told).toEqual(['ended']);
  });

  it.each([
    ['a message before CONNECT', publish('x', 1)],
    ['a second CONNECT', Buffer.concat([CONNECT, CONNECT])],
    ['a PUBLISH that ends inside its topic', Buffer.concat([CONNECT, Buffer.from([0x32, 3, 0, 9, 0x74])])],
    ['a reserved packet type', Buffer.concat([CONNECT, Buffer.from([0xf0, 0])])],
    [
      'a subscription it may not have',
      Buffer.concat([
        CONNECT,
        generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] }),
      ]),
    ],
  ])('ends at %s', (_, bytes) => {
    const { connection, bring, published } = open();
    bring(bytes);
    expect(connection.closed).toBe(true);
    expect(published).toEqual([]);
  });

  it('tells the will of a client that is gone, and none of one that took leave', () => {
    const gone = open();
    gone.bring(CONNECT);
    gone.socket.destroy();
    gone.socket.emit('close');
    expect(gone.told).toEqual(['ended with gone']);
    const left = open();
    left.bring(Buffer.concat([CONNECT, generate({ cmd: 'disconnect' })]));
    expect(left.told).toEqual(['ended']);
  });

  it('answers pings and subscriptions, the latter with QoS 1 at most', () => {
    const { bring, answered } = open();
    bring(CONNECT);
    bring(generate({ cmd: 'pingreq' }));
    bring(generate({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 't', qos: 2 }] }));
    bring(generate({ cmd: 'unsubscribe', messageId: 8, unsubscriptions: ['t'] }));
    expect(answered()).toBe(`${CONNACK}d0009003000701b0020008`);
  });

  it('speaks MQTT 3.1.1 and says so to older and newer clients', () => {
    const { bring, answered } = open();
    bring(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId: 'c', clean: true }));
    expect(answered()).toBe('20020001');
  });
});
