import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder, type Packet } from './decoder.ts';
import { encodeConnect, encodePuback, encodePublish, encodeSubscribe, PINGREQ } from './packets.ts';

const hex = (packet: string) => Buffer.from(packet, 'latin1').toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex').toString('latin1');

function decodeAll(chunks: string[], limitBytes = 8192): { packets: Packet[]; error: string | undefined } {
  const decoder = createDecoder(limitBytes);
  const packets: Packet[] = [];
  for (const chunk of chunks) {
    const error = decoder.push(chunk, (packet) => {
      packets.push(packet);
      return true;
    });
    if (error) return { packets, error };
  }
  return { packets, error: undefined };
}

describe('the packets an evaluator sends', () => {
  it('are byte for byte what MQTT 3.1.1 says', () => {
    expect(
      hex(
        encodeConnect({
          clientId: 'c',
          userName: 'u',
          password: 'p',
          will: { topic: 't', payload: 'w' },
          keepAliveSeconds: 30,
        }),
      ),
    ).toBe('101900044d515454' + '04' + 'ce' + '001e' + '000163' + '000174' + '000177' + '000175' + '000170');
    expect(hex(encodePublish('a/b', 'xy', 10))).toBe('32090003612f62000a7879');
    expect(hex(encodePuback(258))).toBe('40020102');
    expect(hex(encodeSubscribe(['a', 'b'], 1))).toBe('820a0001' + '00016101' + '00016201');
    expect(hex(PINGREQ)).toBe('c000');
  });

  it('carry lengths at each of the format’s boundaries', () => {
    for (const [length, expected] of [
      [127, '7f'],
      [128, '8001'],
      [16_383, 'ff7f'],
      [16_384, '808001'],
    ] as const) {
      const packet = encodePublish('t', 'x'.repeat(length - 5), 1);
      expect(hex(packet.slice(1, 1 + expected.length / 2))).toBe(expected);
      expect(packet).toHaveLength(1 + expected.length / 2 + length);
    }
  });
});

describe('the packets a server sends', () => {
  it('are understood however the stream is cut', () => {
    const publish = fc.record({
      topic: fc.stringMatching(/^[a-z/]{1,40}$/),
      payload: fc.uint8Array({ maxLength: 700 }).map((b) => Buffer.from(b).toString('latin1')),
      packetId: fc.integer({ min: 1, max: 65_535 }),
    });
    fc.assert(
      fc.property(
        fc.array(publish, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 536 })),
        (list, cuts) => {
          const stream = list.map((p) => encodePublish(p.topic, p.payload, p.packetId)).join('');
          const chunks: string[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            chunks.push(stream.slice(at, at + cut));
            at += cut;
          }
          expect(decodeAll(chunks)).toEqual({
            packets: list.map((p) => ({ type: 'publish', ...p })),
            error: undefined,
          });
        },
      ),
    );
  });

  it('are each told apart', () => {
    expect(decodeAll([bytes('20020000'), bytes('20020005')]).packets).toEqual([
      { type: 'connack', code: 0 },
      { type: 'connack', code: 5 },
    ]);
    expect(decodeAll([bytes('40020102d000'), bytes('900400010180')]).packets).toEqual([
      { type: 'puback', packetId: 258 },
      { type: 'pingresp' },
      { type: 'suback', packetId: 1, codes: '\x01\x80' },
    ]);
    expect(decodeAll([bytes('3004000174aa')]).packets).toEqual([
      { type: 'publish', topic: 't', payload: '\xaa', packetId: 0 },
    ]);
  });

  it.each([
    ['a length of five bytes', '30ffffffff01'],
    ['CONNACK with a session present', '20020100'],
    ['CONNACK too short', '200100'],
    ['CONNACK with flags', '21020000'],
    ['PUBACK with identifier 0', '40020000'],
    ['PUBACK too long', '4003000100'],
    ['SUBACK without codes', '90020001'],
    ['PINGRESP with a body', 'd00100'],
    ['PUBLISH with QoS 3', '36050001740001'],
    ['PUBLISH with QoS 2', '34050001740001'],
    ['PUBLISH with DUP and QoS 0', '3803000174'],
    ['PUBLISH whose topic is longer than the packet', '3003000274'],
    ['PUBLISH with an empty topic', '30020000'],
    ['PUBLISH with identifier 0', '32050001740000'],
    ['PUBLISH without room for its identifier', '320400017400'],
    ['a packet that only clients send', '82060001000174' + '01'],
    ['a reserved type', '0000'],
    ['another reserved type', 'f000'],
  ])('close the connection when malformed: %s', (_, packet) => {
    expect(decodeAll([bytes(packet)])).toEqual({ packets: [], error: 'mqtt.malformed' });
  });

  it('close the connection before an oversized packet is collected', () => {
    expect(decodeAll([bytes('308140')], 8192).error).toBe('mqtt.oversized');
    expect(decodeAll([bytes('30ffffff7f')], 8192).error).toBe('mqtt.oversized');
    expect(decodeAll([bytes('308040')], 8192).error).toBeUndefined();
  });

  it('never make the evaluator fail, whatever bytes come (20,000 inputs)', () => {
    const start = fc.constantFrom(
      '',
      '\x30',
      '\x32',
      '\x20\x02',
      '\x40\x02',
      '\x90\x06',
      '\xd0',
      '\x32\x07\x00\x01',
    );
    const noise = fc.uint8Array({ maxLength: 60 }).map((b) => Buffer.from(b).toString('latin1'));
    fc.assert(
      fc.property(start, noise, noise, (first, one, two) => {
        const { packets, error } = decodeAll([first + one, two], 100);
        for (const packet of packets) {
          if (packet.type === 'publish') expect(packet.topic.length).toBeGreaterThan(0);
        }
        expect([undefined, 'mqtt.malformed', 'mqtt.oversized']).toContain(error);
      }),
      { numRuns: 20_000 },
    );
  });
});
