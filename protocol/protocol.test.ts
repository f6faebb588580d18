import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { makeDocuments } from '../scripts/protocol/documents.ts';
import {
  connectProofIsRight,
  deriveKeys,
  deriveSessionKeys,
  evaluationIsSigned,
  makeConnectPassword,
  offerMac,
  openEnvelope,
  parseConnectPassword,
  sealEnvelope,
  signEvaluation,
  wrapKey,
} from './keys.ts';
import { evaluationLayout, updateLayout } from './layouts.ts';
import { Evaluation } from './messages.ts';
import { encodeProbe, encodeProbeAnswer, parseProbe, parseProbeAnswer } from './probe.ts';
import { downFilters, parseTopic, topicOf } from './topics.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString('hex'));
const u32 = (min = 0) => fc.integer({ min, max: 0xffffffff });
const u48 = fc.integer({ min: 0, max: 0xffffffffffff });
const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const unsigned = fc.record({
  kind: fc.constantFrom(1 as const, 2 as const),
  seq: u32(1),
  boot: u32(1),
  uptime: u48,
  wall: u48,
  level: fc.integer({ min: 1, max: 5 }),
  reasons: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 4 }),
  invitation: hex(8),
  staff: hex(8),
  flags: fc.integer({ min: 0, max: 65_535 }),
  gen: fc.integer({ min: 1, max: 255 }),
});
const key = Buffer.alloc(32, 9);
const deviceHandle = '00ff00ff00ff00ff';
const keys = deriveKeys({ key, deviceHandle, gen: 1 });
const session = { deviceHandle, boot: 2, conn: 1, nonce: 'ab'.repeat(16) };

const offer = { version: '1.2.3', board: 'linux', bytes: 70_000, sha256: 'ab'.repeat(32), forced: false };

/** Where the table of a layout ends; its rows must follow each other. */
function layoutEnd(readme: string, heading: string): number {
  const section = readme.slice(readme.indexOf(`### ${heading}`)).split('\n#', 1)[0]!;
  const rows = [...section.matchAll(/^\|\s*(\d+)\s*\|\s*(\d+)\s*\|/gm)];
  return rows.reduce((expected, [, offset, bytes]) => {
    expect(Number(offset)).toBe(expected);
    return expected + Number(bytes);
  }, 0);
}

describe('the wire contract', () => {
  it('has vectors, schemas, AsyncAPI and tables that agree with its code (else: npm run protocol)', () => {
    for (const [path, contents] of Object.entries(makeDocuments())) {
      expect(readFileSync(new URL(path, import.meta.url), 'utf8'), path).toBe(contents);
    }
  });

  it('lists every field offset of the signed layout in the specification', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const filled = evaluationLayout('ffffffffffffffff', {
      kind: 2,
      seq: 0xffffffff,
      boot: 0xffffffff,
      uptime: 0xffffffffffff,
      wall: 0xffffffffffff,
      level: 5,
      reasons: [1, 2, 3, 4],
      invitation: 'f'.repeat(16),
      staff: 'f'.repeat(16),
      flags: 65_535,
      gen: 255,
    });
    expect(layoutEnd(readme, 'Signature of an evaluation')).toBe(filled.length);
    expect(layoutEnd(readme, 'Offer of firmware')).toBe(updateLayout('f'.repeat(16), offer).length);
  });

  it('accepts any well-formed signed record and refuses it when any byte of it changed', () => {
    const check = Compile(Evaluation);
    fc.assert(
      fc.property(unsigned, fc.nat(), (record, pick) => {
        const signed = signEvaluation(keys, deviceHandle, record);
        expect(check.Check(signed)).toBe(true);
        expect(evaluationIsSigned(keys, deviceHandle, signed)).toBe(true);
        const fields = ['seq', 'boot', 'uptime', 'wall', 'level', 'flags', 'gen', 'kind'] as const;
        const field = fields[pick % fields.length]!;
        const value =
          field === 'kind' ? 3 - record.kind : field === 'level' ? (record.level % 5) + 1 : record[field] ^ 1;
        const other = { ...signed, [field]: value >>> 0 };
        if (other[field] === record[field]) return;
        expect(evaluationIsSigned(keys, deviceHandle, other)).toBe(false);
      }),
    );
  });

  it('signs reasons so that no two lists share a signature', () => {
    fc.assert(
      fc.property(unsigned, unsigned, (a, b) => {
        fc.pre(JSON.stringify(a.reasons) !== JSON.stringify(b.reasons));
        const other = { ...a, reasons: b.reasons };
        expect(evaluationLayout(deviceHandle, a).equals(evaluationLayout(deviceHandle, other))).toBe(false);
      }),
    );
  });

  it('reads back a connect password and refuses another device, boot, connection or nonce', () => {
    const parsed = parseConnectPassword(makeConnectPassword(keys, 1, session))!;
    expect(connectProofIsRight(keys, deviceHandle, parsed)).toBe(true);
    expect(connectProofIsRight(keys, '0000000000000001', parsed)).toBe(false);
    for (const wrong of [{ boot: 3 }, { conn: 2 }, { nonce: 'ac'.repeat(16) }]) {
      expect(connectProofIsRight(keys, deviceHandle, { ...parsed, ...wrong })).toBe(false);
    }
  });

  it('takes no malformed password for a proof', () => {
    const good = makeConnectPassword(keys, 1, session);
    for (const bad of [
      '',
      '1',
      good.slice(1),
      `${good}0`,
      good.replace('1.1.', '1.256.'),
      good.replace('1.1.2.', '1.1.4294967296.'),
      good.toUpperCase(),
      ` ${good}`,
    ]) {
      expect(parseConnectPassword(bad), bad).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => parseConnectPassword(text) === undefined));
  });

  it('opens an envelope only with its own key, kind and body', () => {
    const own = deriveSessionKeys(keys, session);
    const sealed = sealEnvelope(own.down, 'ack', { n: 1, upTo: 7, epoch: 1 });
    expect(openEnvelope(own.down, 'ack', sealed)).toBe('{"n":1,"upTo":7,"epoch":1}');
    expect(openEnvelope(own.up, 'ack', sealed)).toBeUndefined();
    expect(openEnvelope(own.down, 'time', sealed)).toBeUndefined();
    expect(openEnvelope(own.down, 'ack', sealed.replace('7', '8'))).toBeUndefined();
    expect(
      openEnvelope(deriveSessionKeys(keys, { ...session, conn: 2 }).down, 'ack', sealed),
    ).toBeUndefined();
    for (const bad of ['', '{}', 'g'.repeat(32), sealed.slice(0, 31)])
      expect(openEnvelope(own.down, 'ack', bad)).toBeUndefined();
  });

  it('offers firmware to one device alone: any other field, device or generation has another MAC', () => {
    const mac = offerMac(keys, deviceHandle, offer);
    const others = [
      { version: '1.2.4' },
      { board: 'linuy' },
      { bytes: 70_001 },
      { sha256: 'ac'.repeat(32) },
      { forced: true },
      { version: '1.2', board: '.3linux' },
    ].map((change) => offerMac(keys, deviceHandle, { ...offer, ...change }));
    others.push(offerMac(keys, '00ff00ff00ff00fe', offer));
    others.push(offerMac(deriveKeys({ key, deviceHandle, gen: 2 }), deviceHandle, offer));
    expect(new Set([mac, ...others]).size).toBe(others.length + 1);
  });

  it('wraps a new key for one message of one session', () => {
    const down = deriveSessionKeys(keys, session).down;
    fc.assert(
      fc.property(hex(32), fc.integer({ min: 2, max: 255 }), u32(), (secret, gen, n) => {
        const wrapped = wrapKey(down, Buffer.from(secret, 'hex'), { gen, n });
        const unwrap = (message: { gen: number; n: number }) =>
          wrapKey(down, Buffer.from(wrapped, 'hex'), message);
        expect(wrapped).not.toBe(secret);
        expect(unwrap({ gen, n })).toBe(secret);
        expect(unwrap({ gen: (gen % 255) + 1, n })).not.toBe(secret);
        expect(unwrap({ gen, n: (n ^ 1) >>> 0 })).not.toBe(secret);
      }),
    );
  });

  it('sends text outside ASCII escaped, so that a character is a byte', () => {
    const sealed = sealEnvelope(key, 'hello', { text: '评价𬭎\u007f' });
    expect(sealed).toMatch(/^[ -~]*$/);
    expect(JSON.parse(openEnvelope(key, 'hello', sealed)!)).toEqual({ text: '评价𬭎\u007f' });
  });

  it('reads back every probe, whose answer is never longer than itself', () => {
    fc.assert(
      fc.property(id, id, hex(8), hex(16), (hall, device, token, nonce) => {
        const probe = encodeProbe({ hall, device, token });
        const answer = encodeProbeAnswer({ token, nonce });
        expect(parseProbe(Buffer.from(probe, 'latin1'))).toEqual({ hall, device, token });
        expect(parseProbeAnswer(Buffer.from(answer, 'latin1'))).toEqual({ token, nonce });
        expect(answer.length).toBeLessThanOrEqual(probe.length);
        expect(parseProbe(Buffer.from(`${probe} `, 'latin1'))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (bytes) => parseProbe(bytes) === undefined && parseProbeAnswer(bytes) === undefined,
      ),
    );
  });

  it('reads back its own topics and no others', () => {
    fc.assert(
      fc.property(id, id, (hall, device) => {
        expect(parseTopic(topicOf({ hall, device }, 'card'))).toEqual({
          hall,
          device,
          kind: 'card',
          direction: 'down',
        });
        expect(parseTopic(topicOf({ hall, device }, 'will'))).toEqual({
          hall,
          device,
          kind: 'will',
          direction: 'up',
        });
        for (const filter of downFilters({ hall, device }))
          expect(parseTopic(filter)?.direction).toBe('down');
      }),
    );
    for (const topic of [
      'pingjia/2/h/d/card',
      'pingjia/1/h/d/other',
      'pingjia/1/h/d/card/',
      'pingjia/1/H/d/card',
      'pingjia/1/+/d/card',
      '#',
      '',
    ]) {
      expect(parseTopic(topic), topic).toBeUndefined();
    }
  });
});
