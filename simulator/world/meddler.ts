// Someone between an evaluator and the gateway who does not keep faith: a broker that says PUBACK at once and then loses
// some or all of what it took; a stranger on the Wi-Fi who swallows records and forges the `ack` that would free them, who
// connects with what another has said, or who sends records once more with a bit changed. Passes everything else on, byte
// for byte.
import type { WorldClock } from '../ports.ts';
import type { ConnectionHandlers, ServerConnection, SimulatedServer } from '../server.ts';

export type Meddling = 'none' | 'hasty-broker' | 'losing-broker' | 'forger' | 'replayer' | 'garbler';

export interface Meddler {
  meddling: Meddling;
  between(server: SimulatedServer): SimulatedServer;
}

export interface MeddlerOptions {
  hall: string;
  /** Its id, which an operator may change. */
  device(): string;
  /** Below 1: whether the hasty broker loses what it has just acknowledged. */
  random(): number;
  clock: WorldClock;
  /** The gateway took a connection that repeats another's first packet. */
  onReplayAccepted(): void;
}

const CONNECT = 1;
const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const REPLAY_AFTER_MS = 2000;
const SIGNATURE_DIGITS = 64;
const DIGIT_ZERO = 0x30;
const LOST_SHARE = 0.5;
const NO_MAC = '0'.repeat(32);

export function createMeddler(options: MeddlerOptions): Meddler {
  const { hall, device, random, clock } = options;
  const topic = (kind: string) => `pingjia/1/${hall}/${device()}/${kind}`;
  const meddler: Meddler = {
    meddling: 'none',
    between: (server) => ({
      answer: (datagram) => server.answer(datagram),
      accept(connection): ConnectionHandlers {
        /** PUBACKs that the evaluator has had already. */
        const promised = new Set<number>();
        const toEvaluator: ServerConnection = {
          write: (bytes) =>
            eachPacket(bytesOf(connection), bytes, (packet) => {
              const isSecond = packet[0]! >> 4 === PUBACK && promised.delete(packet.readUInt16BE(2));
              if (!isSecond) connection.write(packet);
            }),
          end: () => connection.end(),
        };
        const gateway = server.accept(toEvaluator);
        return {
          onData: (bytes) => eachPacket(bytesOf(gateway), bytes, (packet) => upward(packet)),
          onClose: () => gateway.onClose(),
        };

        function upward(packet: Buffer): void {
          if (meddler.meddling === 'replayer' && packet[0]! >> 4 === CONNECT) {
            const heard = Buffer.from(packet);
            clock.after(REPLAY_AFTER_MS, () => replay(server, heard));
          }
          const record = meddler.meddling === 'none' ? undefined : recordOf(packet, topic('evaluation'));
          if (record && meddler.meddling === 'forger') {
            const forged = `${NO_MAC}${JSON.stringify({ n: 0xffffffff, upTo: record.seq, epoch: 1 })}`;
            connection.write(publish(topic('ack'), forged));
            return;
          }
          if (record && meddler.meddling === 'garbler') {
            gateway.onData(packet);
            gateway.onData(withBitChanged(packet, random));
            return;
          }
          if (record && meddler.meddling !== 'replayer') {
            promised.add(record.packetId);
            connection.write(Buffer.from([PUBACK << 4, 2, record.packetId >> 8, record.packetId & 255]));
            if (meddler.meddling === 'losing-broker' || random() < LOST_SHARE) return;
          }
          gateway.onData(packet);
        }
      },
    }),
  };
  return meddler;

  function replay(server: SimulatedServer, connect: Buffer): void {
    const gateway = server.accept({
      write(bytes) {
        if (bytes[0]! >> 4 === CONNACK && bytes[3] === 0) options.onReplayAccepted();
      },
      end: () => undefined,
    });
    gateway.onData(connect);
    clock.after(REPLAY_AFTER_MS, () => gateway.onClose());
  }
}

/** Lets go of what it holds back or owes. */
export function endMeddling({ meddler, cable }: { meddler: Meddler; cable: { reset(): void } }): void {
  meddler.meddling = 'none';
  cable.reset();
}

/** In the signature, which ends the record. */
function withBitChanged(packet: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(packet);
  const at = changed.lastIndexOf('"}') - 1 - Math.floor(random() * SIGNATURE_DIGITS);
  changed[at] = changed[at] === DIGIT_ZERO ? DIGIT_ZERO + 1 : DIGIT_ZERO;
  return changed;
}

/** What has come and is no whole packet yet, for each end. */
const pieces = new WeakMap<object, { rest: Buffer }>();
function bytesOf(end: object): { rest: Buffer } {
  const known = pieces.get(end) ?? { rest: Buffer.alloc(0) };
  pieces.set(end, known);
  return known;
}

/** [MQTT-2.2.3]: the length behind the first byte has seven bits in each of up to four. */
function eachPacket(held: { rest: Buffer }, bytes: Uint8Array, give: (packet: Buffer) => void): void {
  held.rest =
    held.rest.length > 0
      ? Buffer.concat([held.rest, bytes])
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (;;) {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7, at += 1) {
      const byte = held.rest[at];
      if (byte === undefined || at > 4) return;
      length += (byte & 127) << shift;
      if (byte < 128) break;
    }
    const end = at + 1 + length;
    if (held.rest.length < end) return;
    const packet = held.rest.subarray(0, end);
    held.rest = held.rest.subarray(end);
    give(packet);
  }
}

function bodyAt(packet: Buffer): number {
  let at = 1;
  while (packet[at]! >= 128) at += 1;
  return at + 1;
}

function recordOf(packet: Buffer, topic: string): { packetId: number; seq: number } | undefined {
  if (packet[0]! >> 4 !== PUBLISH) return undefined;
  const at = bodyAt(packet);
  const topicEnd = at + 2 + packet.readUInt16BE(at);
  if (packet.toString('latin1', at + 2, topicEnd) !== topic) return undefined;
  const { seq } = JSON.parse(packet.toString('latin1', topicEnd + 2)) as { seq: number };
  return { packetId: packet.readUInt16BE(topicEnd), seq };
}

/** With QoS 0, as `ack` comes. */
function publish(topic: string, payload: string): Buffer {
  const body = Buffer.alloc(2 + topic.length + payload.length);
  body.writeUInt16BE(topic.length);
  body.write(topic + payload, 2, 'latin1');
  const head = [
    PUBLISH << 4,
    ...(body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]),
  ];
  return Buffer.concat([Buffer.from(head), body]);
}
