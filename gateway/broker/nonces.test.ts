import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONCE_VALID_MS } from '../../protocol/constants.ts';
import { makeNonces } from './nonces.ts';

const own = { hall: 'h', device: 'a' };

describe('nonces of the probe', () => {
  it('are good once, for the device that asked, until they expire', () => {
    let nowMs = 5000;
    const nonces = makeNonces(() => nowMs);
    const nonce = nonces.issue(own);
    expect(nonces.use({ hall: 'h', device: 'b' }, nonce)).toBe(false);
    expect(nonces.use(own, nonce)).toBe(true);
    expect(nonces.use(own, nonce)).toBe(false);
    const late = nonces.issue(own);
    const just = nonces.issue(own);
    nowMs += NONCE_VALID_MS;
    expect(nonces.use(own, just)).toBe(true);
    nowMs += 1;
    expect(nonces.use(own, late)).toBe(false);
    expect(nonces.use(own, just)).toBe(false);
  });

  it('are worth nothing at another start of the gateway, or when invented', () => {
    const nonces = makeNonces(() => 5000);
    expect(makeNonces(() => 5000).use(own, nonces.issue(own))).toBe(false);
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(fc.property(bytes, (nonce) => !nonces.use(own, Buffer.from(nonce).toString('hex'))));
  });
});
