// Prints protocol/vectors.json: fixed inputs and the bytes every implementation must make of them.

import {
  deriveKeys,
  deriveSessionKeys,
  makeConnectPassword,
  offerMac,
  sealEnvelope,
  signEvaluation,
  wrapKey,
} from '../../protocol/keys.ts';
import {
  connectLayout,
  evaluationLayout,
  type OfferedImage,
  rekeyLayout,
  sessionDownLayout,
  sessionUpLayout,
  type UnsignedEvaluation,
  updateLayout,
} from '../../protocol/layouts.ts';
import { encodeProbe, encodeProbeAnswer } from '../../protocol/probe.ts';

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 7 + 3) & 255));
const deviceHandle = '0123456789abcdef';
const session = { deviceHandle, boot: 7, conn: 3, nonce: '00112233445566778899aabbccddeeff' };
const records: UnsignedEvaluation[] = [
  {
    kind: 1,
    seq: 1,
    boot: 1,
    uptime: 12_345,
    wall: 0,
    level: 5,
    reasons: [],
    invitation: 'a1b2c3d4e5f60718',
    staff: '1122334455667788',
    flags: 0,
    gen: 1,
  },
  {
    kind: 1,
    seq: 4_294_967_295,
    boot: 4_294_967_295,
    uptime: 281_474_976_710_655,
    wall: 281_474_976_710_655,
    level: 1,
    reasons: [],
    invitation: '0000000000000000',
    staff: 'ffffffffffffffff',
    flags: 65_535,
    gen: 255,
  },
  {
    kind: 2,
    seq: 3,
    boot: 1,
    uptime: 20_000,
    wall: 1_770_966_000_123,
    level: 2,
    reasons: [207, 211, 213, 214],
    invitation: 'a1b2c3d4e5f60718',
    staff: '1122334455667788',
    flags: 6,
    gen: 1,
  },
];

const newKey = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 11 + 5) & 255));
const offers: OfferedImage[] = [
  { version: '1.2.3', board: 'esp32-ili9341', bytes: 71_680, sha256: 'ab'.repeat(32), forced: false },
  {
    version: '65535.65535.65535',
    board: 'b'.repeat(32),
    bytes: 131_072,
    sha256: '00'.repeat(32),
    forced: true,
  },
];

export function makeVectors() {
  const keys = deriveKeys({ key, deviceHandle, gen: 1 });
  const sessionKeys = deriveSessionKeys(keys, session);
  const ack = { n: 5, upTo: 41, epoch: 1 };
  return {
    deviceKey: key.toString('hex'),
    deviceHandle,
    generations: [1, 2, 255].map((gen) => {
      const derived = deriveKeys({ key, deviceHandle, gen });
      return {
        gen,
        connect: derived.connect.toString('hex'),
        sign: derived.sign.toString('hex'),
        down: derived.down.toString('hex'),
        update: derived.update.toString('hex'),
        broker: derived.broker.toString('hex'),
      };
    }),
    session: {
      ...session,
      connectLayout: connectLayout(session).toString('hex'),
      password: makeConnectPassword(keys, 1, session),
      sessionUpLayout: sessionUpLayout(session).toString('hex'),
      sessionDownLayout: sessionDownLayout(session).toString('hex'),
      upKey: sessionKeys.up.toString('hex'),
      downKey: sessionKeys.down.toString('hex'),
    },
    evaluations: records.map((record) => ({
      record,
      layout: evaluationLayout(deviceHandle, record).toString('hex'),
      sig: signEvaluation(deriveKeys({ key, deviceHandle, gen: record.gen }), deviceHandle, record).sig,
    })),
    envelopes: [
      { kind: 'ack', key: 'down', message: ack, payload: sealEnvelope(sessionKeys.down, 'ack', ack) },
      {
        kind: 'will',
        key: 'up',
        message: { n: 0, boot: 7, conn: 3 },
        payload: sealEnvelope(sessionKeys.up, 'will', { n: 0, boot: 7, conn: 3 }),
      },
    ],
    offers: offers.map((image) => ({
      image,
      layout: updateLayout(deviceHandle, image).toString('hex'),
      mac: offerMac(keys, deviceHandle, image),
    })),
    rekeys: [
      {
        gen: 2,
        n: 9,
        key: newKey.toString('hex'),
        layout: rekeyLayout({ gen: 2, n: 9 }).toString('hex'),
        wrapped: wrapKey(sessionKeys.down, newKey, { gen: 2, n: 9 }),
      },
    ],
    probes: [
      {
        probe: { hall: 'harbin', device: 'a03', token: '89abcdef01234567' },
        datagram: encodeProbe({ hall: 'harbin', device: 'a03', token: '89abcdef01234567' }),
        answer: encodeProbeAnswer({ token: '89abcdef01234567', nonce: session.nonce }),
      },
    ],
  };
}
