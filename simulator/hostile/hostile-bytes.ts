// What a broken or malicious gateway may write into a connection: random bytes, valid packets with bits turned, packets
// cut short or out of place, and well-formed messages that are forged, replayed, reordered or nonsense inside. Seeded.
import mqttPacket, { type Packet } from 'mqtt-packet';
import { DOWN_KINDS, type DownKind } from '../../protocol/constants.ts';
import { sealEnvelope } from '../../protocol/keys.ts';
import type { ScriptedSession } from '../scripted-gateway/scripted-gateway.ts';

export interface HostileOptions {
  /** Whole number from 0 to below the limit. */
  random(limit: number): number;
  /** Such as `pingjia/1/hall/dev-a/`. */
  topicPrefix: string;
  /** A valid card's fields. */
  card: object;
}

export type HostileKind = (typeof HOSTILE_KINDS)[number];
export const HOSTILE_KINDS = [
  'random-bytes',
  'turned-bits',
  'cut-short',
  'length-beyond-all-limits',
  'packet-out-of-place',
  'forged',
  'replayed',
  'nonsense-inside',
  'wrong-topic',
] as const;

/** What every session has heard first, time and then desk: no counter up to these may count again within its kind. */
const GREETING_COUNTERS = { time: 1, control: 2 };

const WORDS: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  4_294_967_296,
  '',
  'x'.repeat(600),
  [],
  {},
  [[[]]],
  '0'.repeat(16),
];
const FIELDS = [
  'do',
  'upTo',
  'epoch',
  'wall',
  'echo',
  'invitation',
  'staff',
  'term',
  'matter',
  'who',
  'from',
];

/** Returns what is written; the session's counter may go on. */
export function hostileBytes(
  kind: HostileKind,
  session: ScriptedSession,
  { random, topicPrefix, card }: HostileOptions,
): Uint8Array {
  const anyKind = (): DownKind => DOWN_KINDS[random(DOWN_KINDS.length)]!;
  const bytes = (length: number) => Uint8Array.from({ length }, () => random(256));
  const publish = (topic: string, payload: string | Buffer) =>
    mqttPacket.generate({
      cmd: 'publish',
      topic,
      payload,
      qos: 1,
      messageId: 1 + random(65_000),
      dup: false,
      retain: false,
    });
  const sealed = (of: DownKind, message: object, n = ++session.counter) =>
    publish(topicPrefix + of, sealEnvelope(session.keys.down, of, { n, ...message }));
  switch (kind) {
    case 'random-bytes':
      return bytes(1 + random(60));
    case 'turned-bits': {
      const packet = Uint8Array.from(sealed('card', card));
      for (let turns = 1 + random(4); turns > 0; turns--) packet[random(packet.length)]! ^= 1 << random(8);
      return packet;
    }
    case 'cut-short': {
      const packet = sealed(anyKind(), card);
      return packet.subarray(0, 1 + random(packet.length - 1));
    }
    case 'length-beyond-all-limits':
      return Uint8Array.from([0x32, 0xff, 0xff, random(2) ? 0xff : 0x7f, random(256), ...bytes(40)]);
    case 'packet-out-of-place': {
      const packets: Packet[] = [
        { cmd: 'connack', returnCode: random(6), sessionPresent: random(2) === 1 },
        { cmd: 'suback', messageId: 1 + random(9), granted: [random(3)] },
        { cmd: 'puback', messageId: 1 + random(65_000) },
        { cmd: 'pingresp' },
        { cmd: 'pubrec', messageId: 1 + random(9) },
        { cmd: 'pingreq' },
        { cmd: 'disconnect' },
      ];
      return mqttPacket.generate(packets[random(packets.length)]!);
    }
    case 'forged': {
      const of = anyKind();
      return publish(
        topicPrefix + of,
        `${Buffer.from(bytes(16)).toString('hex')}${JSON.stringify({ n: 99, ...card })}`,
      );
    }
    case 'replayed': {
      const of = random(2) ? 'control' : 'time';
      const n = random(GREETING_COUNTERS[of] + 1);
      return sealed(of, { do: 'reboot', echo: 0, wall: 1 }, n);
    }
    case 'nonsense-inside': {
      const message = Object.fromEntries(FIELDS.map((field) => [field, WORDS[random(WORDS.length)]]));
      return sealed(anyKind(), message);
    }
    case 'wrong-topic': {
      const topics = [
        '',
        '/',
        `${topicPrefix}card/x`,
        'pingjia/1/hall/dev-b/card',
        '\u0000',
        'x'.repeat(400),
      ];
      return publish(topics[1 + random(topics.length - 1)]!, Buffer.from(bytes(random(50))));
    }
  }
}
