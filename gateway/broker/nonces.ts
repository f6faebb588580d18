// Nonces of the UDP probe, without memory until one is used: time, random bytes, and a keyed check over both and
// the device asked for. Nobody can fill a table by probing; a used nonce is remembered until it expires.
import { randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { NONCE_VALID_MS } from '../../protocol/constants.ts';
import { hmacSha256 } from '../../protocol/hmac.ts';
import type { DeviceAddress } from '../../protocol/topics.ts';

const TIME_BYTES = 6;
const RANDOM_BYTES = 4;
const CHECK_BYTES = 6;
/** Asked for at once: the hall's evaluators probe all together when the power returns. */
const POOL_BYTES = 4096;

export interface Nonces {
  /** 32 hexadecimal digits. */
  issue(address: DeviceAddress): string;
  /** True once for each nonce of this start, for that device, within 30 s. */
  use(address: DeviceAddress, nonce: string): boolean;
}

export function makeNonces(monotonicMs: () => number): Nonces {
  const secret = randomBytes(32);
  const usedAtMs = new Map<string, number>();
  const check = (head: Uint8Array, { hall, device }: DeviceAddress) =>
    hmacSha256(secret, head, `${hall}/${device}`).subarray(0, CHECK_BYTES);
  const pool = Buffer.alloc(POOL_BYTES);
  let pooled = 0;
  const takeRandom = (into: Buffer, at: number) => {
    if (pooled < RANDOM_BYTES) pooled = randomFillSync(pool).length;
    pool.copy(into, at, pooled - RANDOM_BYTES, pooled);
    pooled -= RANDOM_BYTES;
  };

  /** Accepted connects of 30 s at most, since only they get here. */
  const forgetExpired = (nowMs: number) => {
    for (const [nonce, atMs] of usedAtMs) {
      if (nowMs - atMs <= NONCE_VALID_MS) return;
      usedAtMs.delete(nonce);
    }
  };

  return {
    issue(address) {
      const head = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
      head.writeUIntBE(Math.floor(monotonicMs()), 0, TIME_BYTES);
      takeRandom(head, TIME_BYTES);
      return Buffer.concat([head, check(head, address)]).toString('hex');
    },
    use(address, nonce) {
      const bytes = Buffer.from(nonce, 'hex');
      const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
      if (!timingSafeEqual(bytes.subarray(TIME_BYTES + RANDOM_BYTES), check(head, address))) return false;
      const nowMs = monotonicMs();
      const ageMs = nowMs - head.readUIntBE(0, TIME_BYTES);
      if (ageMs > NONCE_VALID_MS || usedAtMs.has(nonce)) return false;
      forgetExpired(nowMs);
      usedAtMs.set(nonce, nowMs);
      return true;
    },
  };
}
