import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hkdfSha256, hmacSha256, hmacSha256Hex } from './hmac.ts';

const key = fc.uint8Array({ minLength: 0, maxLength: 100 });
const part = fc.oneof(fc.uint8Array({ maxLength: 5000 }), fc.string({ unit: 'grapheme', maxLength: 2000 }));

describe('the short way to HMAC-SHA256', () => {
  it('gives what the ordinary way gives, for every key and message', () => {
    fc.assert(
      fc.property(key, fc.array(part, { maxLength: 4 }), (its, parts) => {
        const expected = createHmac('sha256', its);
        for (const one of parts) expected.update(one);
        const digest = expected.digest();
        expect(hmacSha256(its, ...parts)).toEqual(digest);
        expect(hmacSha256Hex(its, ...parts)).toBe(digest.toString('hex'));
      }),
    );
  });
});

describe('the short way to HKDF', () => {
  it("derives the keys that Node's own derives, for every secret, salt and label", () => {
    fc.assert(
      fc.property(key, key, fc.uint8Array({ maxLength: 200 }), (secret, salt, info) => {
        const expected = Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
        expect(hkdfSha256(secret, salt)(info)).toEqual(expected);
      }),
    );
  });
});
