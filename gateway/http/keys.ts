// Who sends a request: compares the SHA-256 of the presented key with those of the configuration, every one of
// them and in constant time. Knows no key itself.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiError } from './errors.ts';
import { type Scope, WINDOW_SCOPES } from './scopes.ts';

export interface ApiKey {
  name: string;
  /** 64 hexadecimal digits. */
  keySha256: string;
  /** What it may do; all that a window system needs if left out. */
  scopes?: readonly Scope[] | undefined;
}

/** Who sends a request, and what its key may do. */
export interface Caller {
  name: string;
  scopes: readonly Scope[];
}

/** A new key and what the configuration stores of it. */
export function makeApiKey(): { key: string; keySha256: string } {
  const key = `pj_${randomBytes(24).toString('base64url')}`;
  return { key, keySha256: createHash('sha256').update(key).digest('hex') };
}

/** The system whose key the header carries. */
export function makeKeyCheck(keys: readonly ApiKey[]): (authorization: string | undefined) => Caller {
  const known = keys.map(({ name, keySha256, scopes = WINDOW_SCOPES }) => ({
    caller: { name, scopes },
    hash: Buffer.from(keySha256, 'hex'),
  }));
  return (authorization) => {
    const match = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '');
    if (!match) throw new ApiError('key.missing');
    const hash = createHash('sha256').update(match[1]!).digest();
    let caller: Caller | undefined;
    for (const candidate of known) if (timingSafeEqual(candidate.hash, hash)) caller = candidate.caller;
    if (caller === undefined) throw new ApiError('key.unknown');
    return caller;
  };
}
