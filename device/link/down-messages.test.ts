import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { DOWN_KINDS, type DownKind } from '../../protocol/constants.ts';
import { DOWN_MESSAGES } from '../../protocol/messages.ts';
import { readBody, readMessage } from './down-messages.ts';
import { encodeProbe, readAnswer } from './probe.ts';

const checks = {
  card: Compile(DOWN_MESSAGES.card),
  control: Compile(DOWN_MESSAGES.control),
  ack: Compile(DOWN_MESSAGES.ack),
  time: Compile(DOWN_MESSAGES.time),
};
/** `update` is read by the part that carries it out. */
const KINDS = DOWN_KINDS.filter((kind): kind is Exclude<DownKind, 'update'> => kind !== 'update');
const image = { w: 16, h: 2, d: 'gA==' };
const handle = 'a1b2c3d4e5f60718';
const sound = {
  card: [{ n: 1, invitation: handle, staff: handle, term: 20, matter: image, who: image }],
  control: [
    { n: 1, do: 'desk', staff: handle, paused: true, unlinked: false, place: image, who: null, photo: null },
    {
      n: 1,
      do: 'desk',
      staff: handle,
      paused: true,
      unlinked: false,
      place: image,
      who: image,
      photo: image,
    },
    { n: 1, do: 'cancel', invitation: handle },
    { n: 1, do: 'resend', from: 1 },
    { n: 1, do: 'reboot' },
  ],
  ack: [{ n: 1, upTo: 4_294_967_295, epoch: 1 }],
  time: [{ n: 1, echo: 0, wall: 281_474_976_710_655 }],
};
/** What a field may be instead of what it should be. */
const strange = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    -1,
    0.5,
    2 ** 53,
    null,
    '',
    'A1B2C3D4E5F60718',
    [],
    {},
    true,
    '__proto__',
    { w: 16, h: 2 },
    {
      w: 12,
      h: 2,
      d: '',
    },
  ),
);

describe('messages from the gateway', () => {
  it('are read when they are sound', () => {
    for (const kind of KINDS)
      for (const message of sound[kind]) {
        expect(checks[kind].Check(message)).toBe(true);
        expect(readMessage(kind, readBody(JSON.stringify(message))!.fields, atob)).toBeDefined();
      }
  });

  it('are passed over when a field is missing or strange: what is read would pass the contract’s own check', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.nat(),
        fc.nat(),
        strange,
        fc.boolean(),
        (kind, which, at, value, drop) => {
          const message: Record<string, unknown> = { ...sound[kind][which % sound[kind].length] };
          const names = Object.keys(message);
          const name = names[at % names.length]!;
          if (drop) delete message[name];
          else message[name] = value;
          const read = readBody(JSON.stringify(message));
          if (!read) return;
          // The device does not use `epoch`, a gateway's wall time of 0 means nothing, and base64 is decoded later.
          const image = JSON.stringify(value)?.includes('"d"');
          if (readMessage(kind, read.fields, atob) && name !== 'epoch' && !image) {
            expect(checks[kind].Check(JSON.parse(JSON.stringify(message)))).toBe(true);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('never make the device fail, whatever the body is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DOWN_KINDS), fc.oneof(fc.string(), fc.json()), (kind, body) => {
        const read = readBody(body);
        if (read) readMessage(kind, read.fields, atob);
      }),
      { numRuns: 2000 },
    );
    for (const body of [
      '',
      'null',
      '[]',
      '1',
      '{}',
      '{"n":"1"}',
      '{"n":-1}',
      '{"n":1.5}',
      '{"n":4294967296}',
    ])
      expect(readBody(body)).toBeUndefined();
  });
});

describe('the probe', () => {
  it('is 128 bytes, and only its own answer counts', () => {
    const token = '89abcdef01234567';
    const nonce = '00112233445566778899aabbccddeeff';
    expect(encodeProbe('h'.repeat(32), 'd'.repeat(32), token)).toHaveLength(128);
    expect(readAnswer(`pingjia 1 answer ${token} ${nonce}`, token)).toBe(nonce);
    for (const bad of [
      '',
      `pingjia 1 answer ${token} ${nonce} `,
      `pingjia 1 answer ${token} ${nonce.slice(1)}`,
      `pingjia 1 answer 0000000000000000 ${nonce}`,
      `pingjia 2 answer ${token} ${nonce}`,
      `pingjia 1 answer ${token} ${nonce.toUpperCase()}`,
    ])
      expect(readAnswer(bad, token)).toBeUndefined();
  });
});
