import { createHash, hkdfSync, createHmac as nodeHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKeys, deriveSessionKeys, openEnvelope, sealEnvelope } from '../../protocol/keys.ts';
import type { JournalRecord } from '../contracts.ts';
import { createDeviceCrypto, evaluationLayout } from './device-crypto.ts';
import { fromHex, isHex, toHex } from './hex.ts';
import { bytesOf, createHmac, hkdf } from './hmac.ts';

const sha256 = (data: Uint8Array | string) =>
  new Uint8Array(
    createHash('sha256')
      .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
      .digest(),
  );
const vectors = JSON.parse(readFileSync(new URL('../../protocol/vectors.json', import.meta.url), 'utf8'));
const handle = fromHex(vectors.deviceHandle);
const key = fromHex(vectors.deviceKey);
const identityOf = (gen: number) => ({ hall: 'harbin', device: 'a03', handle, key, gen });
const crypto = createDeviceCrypto(sha256, identityOf(1));
const session = vectors.session;

function recordOf(message: Record<string, unknown>): JournalRecord {
  const { uptime, wall, invitation, staff, ...rest } = message as never as Record<string, never>;
  return {
    ...(rest as unknown as JournalRecord),
    uptimeMs: uptime!,
    wallMs: wall!,
    invitation: fromHex(invitation!),
    staff: fromHex(staff!),
  };
}

describe('the firmware computes what the contract says:', () => {
  it('layout and signature of every record of the vectors', () => {
    for (const { record, layout, sig } of vectors.evaluations) {
      expect(toHex(evaluationLayout(identityOf(1), recordOf(record)))).toBe(layout);
      expect(crypto.sign(recordOf(record))).toBe(sig);
    }
  });

  it('a signature under the key of the record’s generation, whatever generation the device has', () => {
    const { record, sig } = vectors.evaluations[0];
    const later = createDeviceCrypto(sha256, identityOf(2));
    expect(later.sign({ ...recordOf(record), gen: 2 })).not.toBe(sig);
    expect(later.sign(recordOf(record))).toBe(sig);
  });

  it('the connect password', () => {
    expect(crypto.password(session)).toBe(session.password);
  });

  it('the envelopes of both directions', () => {
    const { up, down } = crypto.envelopes(session);
    for (const { kind, key: which, message, payload } of vectors.envelopes) {
      const envelopes = which === 'up' ? up : down;
      expect(envelopes.seal(kind, message)).toBe(payload);
      expect(envelopes.open(kind, payload)).toBe(JSON.stringify(message));
    }
  });

  it('no envelope of another kind, direction, session or content', () => {
    const { up, down } = crypto.envelopes(session);
    const keys = deriveSessionKeys(deriveKeys({ key, deviceHandle: vectors.deviceHandle, gen: 1 }), session);
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.integer({ min: 1, max: 127 }), (value, at, change) => {
        const payload = sealEnvelope(keys.down, 'ack', { value });
        expect(down.open('ack', payload)).toBe(openEnvelope(keys.down, 'ack', payload));
        expect(down.open('card', payload)).toBeUndefined();
        expect(up.open('ack', payload)).toBeUndefined();
        const index = at % payload.length;
        const bad = String.fromCharCode(payload.charCodeAt(index) ^ change);
        const changed = payload.slice(0, index) + bad + payload.slice(index + 1);
        expect(down.open('ack', changed)).toBeUndefined();
      }),
    );
    expect(
      crypto.envelopes({ ...session, conn: 4 }).down.open('ack', vectors.envelopes[0].payload),
    ).toBeUndefined();
    expect(down.open('ack', '')).toBeUndefined();
  });

  it('HMAC and HKDF as Node does, of any bytes', () => {
    const text = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), text, text, (secret, message, salt) => {
        const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
        expect(toHex(createHmac(sha256, secret)('', latin1(message)))).toBe(
          nodeHmac('sha256', secret).update(message).digest('hex'),
        );
        const options = { key: secret, salt: latin1(salt.subarray(0, 64)), info: latin1(message) };
        expect(Buffer.from(hkdf(sha256, options))).toEqual(
          Buffer.from(hkdfSync('sha256', secret, salt.subarray(0, 64), message, 32)),
        );
      }),
    );
  });

  it('hexadecimal both ways, and tells what is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(isHex(toHex(bytes), 2 * bytes.length)).toBe(true);
      }),
    );
    for (const bad of ['', 'ABCDEF0123456789', '012345678901234', 'g123456789012345', 7, null, undefined])
      expect(isHex(bad, 16)).toBe(false);
    expect(bytesOf('\xff\x00')).toEqual(Uint8Array.from([255, 0]));
  });

  it('other unpredictable numbers at every boot and every time', () => {
    const seen = new Set<string>();
    for (let boot = 1; boot < 30; boot++)
      for (let counter = 0; counter < 30; counter++) seen.add(toHex(crypto.unpredictable(boot, counter)));
    expect(seen.size).toBe(29 * 30);
  });
});
