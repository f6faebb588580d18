import { describe, expect, it } from 'vitest';
import type { SocketHandlers } from '../ports.ts';
import { OPEN_LIMIT_MS, openClient, PUBLISH_LIMIT, QUEUE_LIMIT_BYTES } from './client.ts';
import { createDecoder } from './decoder.ts';
import { encodePublish, PINGREQ } from './packets.ts';
import { createFakeTimers } from './testing/fake-timers.ts';

const CONNACK = '\x20\x02\x00\x00';
const SUBACK = '\x90\x03\x00\x01\x01';

function createWorld() {
  const timers = createFakeTimers();
  const world = {
    timers,
    written: [] as string[],
    events: [] as string[],
    ended: 0,
    socket: undefined as unknown as SocketHandlers,
  };
  const client = openClient({
    timers,
    connect: {
      clientId: 'id',
      userName: 'user',
      password: 'pass',
      will: { topic: 'will', payload: 'gone' },
      keepAliveSeconds: 30,
    },
    filters: ['card'],
    packetLimitBytes: 1000,
    open(handlers) {
      world.socket = handlers;
      return {
        write: (data) => {
          world.written.push(data);
        },
        end: () => {
          world.ended++;
        },
      };
    },
    handlers: {
      onReady: () => world.events.push('ready'),
      onMessage: (topic, payload) => world.events.push(`${topic}:${payload}`),
      onRoom: () => world.events.push('room'),
      onClosed: (reason) => world.events.push(reason),
    },
  });
  const open = () => {
    world.socket.onConnect();
    world.socket.onDrain();
    world.socket.onData(CONNACK);
    world.socket.onData(SUBACK);
    world.socket.onDrain();
    world.written.length = 0;
    world.events.length = 0;
  };
  return { ...world, world, client, open };
}

describe('one MQTT connection', () => {
  it('says connect, subscribes once accepted, and is ready once subscribed', () => {
    const { world, client } = createWorld();
    expect(client.publish('t', 'p')).toBe(false);
    world.socket.onConnect();
    expect(world.written).toHaveLength(1);
    world.socket.onData(CONNACK);
    expect(world.written[1]!.charCodeAt(0)).toBe(0x82);
    expect(world.events).toEqual([]);
    world.socket.onData(SUBACK);
    expect(world.events).toEqual(['ready']);
  });

  it.each([
    ['refused', '\x20\x02\x00\x05', 'mqtt.refused'],
    ['a subscription refused', `${CONNACK}\x90\x03\x00\x01\x80`, 'mqtt.refused'],
    ['something else than CONNACK first', '\xd0\x00', 'mqtt.protocol'],
    ['CONNACK twice', CONNACK + CONNACK, 'mqtt.protocol'],
    ['nonsense', '\xff\xff\xff\xff\xff', 'mqtt.malformed'],
    ['a packet that is too large', `${CONNACK}\x30\xff\x7f`, 'mqtt.oversized'],
  ])('ends when the server answers with %s', (_, data, reason) => {
    const { world } = createWorld();
    world.socket.onConnect();
    world.socket.onData(data);
    expect(world.events).toEqual([reason]);
    expect(world.ended).toBe(1);
    world.socket.onData(CONNACK);
    world.socket.onClose();
    expect(world.events).toEqual([reason]);
    expect(world.timers.pending).toBe(0);
  });

  it('ends when the server stays silent', () => {
    const { world } = createWorld();
    world.socket.onConnect();
    world.timers.advance(OPEN_LIMIT_MS);
    expect(world.events).toEqual(['mqtt.timeout']);
  });

  it('acknowledges what came with QoS 1 after it was taken over', () => {
    const { world, open } = createWorld();
    open();
    world.socket.onData(encodePublish('card', 'hello', 77));
    expect(world.events).toEqual(['card:hello']);
    expect(world.written).toEqual(['\x40\x02\x00M']);
  });

  it('keeps several publishes in flight, up to its limit, with identifiers of their own', () => {
    const { world, client, open } = createWorld();
    open();
    for (let i = 0; i < PUBLISH_LIMIT; i++) expect(client.publish('t', `${i}`)).toBe(true);
    expect(client.publish('t', 'one more')).toBe(false);
    const ids = new Set<number>();
    createDecoder(1000).push(world.written.join(''), (packet) => {
      if (packet.type === 'publish') ids.add(packet.packetId);
      return true;
    });
    expect(ids.size).toBe(PUBLISH_LIMIT);
    const [id] = ids;
    world.socket.onData(`\x40\x02\x00${String.fromCharCode(id!)}`);
    expect(world.events).toEqual(['room']);
    expect(client.publish('t', 'one more')).toBe(true);
    world.socket.onData('\x40\x02\x77\x77');
    expect(world.events).toEqual(['room']);
  });

  it('goes round the identifiers without using one that is in flight', () => {
    const { world, client, open } = createWorld();
    open();
    expect(client.publish('t', 'kept')).toBe(true);
    for (let i = 0; i < 66_000; i++) {
      world.written.length = 0;
      expect(client.publish('t', 'x')).toBe(true);
      const id = world.written[0]!.slice(5, 7);
      expect(id).not.toBe('\x00\x02');
      world.socket.onDrain();
      world.socket.onData(`\x40\x02${id}`);
    }
  });

  it('queues no more than its limit until the socket has drained', () => {
    const { world, client, open } = createWorld();
    open();
    const payload = 'x'.repeat(QUEUE_LIMIT_BYTES / 4);
    let taken = 0;
    while (client.publish('t', payload)) taken++;
    expect(taken).toBe(3);
    world.socket.onDrain();
    expect(world.events).toEqual(['room']);
    expect(client.publish('t', payload)).toBe(true);
  });

  it('ends when what it must write is never taken', () => {
    const { world, open } = createWorld();
    open();
    for (let i = 0; i < 6000; i++) world.socket.onData(encodePublish('card', '', 1 + (i % 60_000)));
    expect(world.events.at(-1)).toBe('mqtt.queue');
  });

  it('pings, and ends when a ping is not answered', () => {
    const { world, open } = createWorld();
    open();
    world.timers.advance(15_000);
    expect(world.written).toEqual([PINGREQ]);
    world.socket.onData('\xd0\x00');
    world.timers.advance(15_000);
    expect(world.written).toEqual([PINGREQ, PINGREQ]);
    world.timers.advance(15_000);
    expect(world.events).toEqual(['mqtt.timeout']);
    expect(world.timers.pending).toBe(0);
  });

  it('tells once that the socket closed, and takes nothing afterwards', () => {
    const { world, client, open } = createWorld();
    open();
    world.socket.onClose();
    client.end();
    expect(world.events).toEqual(['mqtt.socket']);
    expect(client.publish('t', 'p')).toBe(false);
  });
});
