import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKeys, deriveSessionKeys, signEvaluation, wrapKey } from '../../protocol/keys.ts';
import type { Identity, JournalRecord } from '../contracts.ts';
import { createDeviceCrypto } from '../crypto/device-crypto.ts';
import { toHex } from '../crypto/hex.ts';
import { generationInUse } from '../flash/generation-in-use.ts';
import {
  createFlashWorld,
  type FlashWorld,
  mountStore,
  mountWorld,
  pressOf,
} from '../flash/testing/flash-world.ts';
import { PowerCut } from '../flash/testing/nor-flash.ts';
import type { OrderContext } from './context.ts';
import { rekey } from './rekey.ts';

const sha256 = (data: Uint8Array | string) =>
  new Uint8Array(
    createHash('sha256')
      .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
      .digest(),
  );
const numbers = { boot: 7, conn: 3, nonce: '00112233445566778899aabbccddeeff' };
const keyOf = (gen: number) => new Uint8Array(32).fill(gen * 17);

/** The gateway's order to a mounted device; whether it restarts. */
function order(world: FlashWorld, gen: number, change: object = {}): boolean {
  const { store, journal } = mountWorld(world);
  const identity = store.identity()!;
  const deviceHandle = toHex(identity.handle);
  const keys = deriveKeys({ key: identity.key, deviceHandle, gen: identity.gen });
  const down = deriveSessionKeys(keys, { deviceHandle, ...numbers }).down;
  const wrapped = wrapKey(down, keyOf(gen), { gen, n: 9 });
  let restarts = 0;
  const context = {
    hardware: { native: { sha256 }, tell: () => undefined },
    store,
    journal,
    identity,
    link: { numbers: () => numbers },
    restart: () => restarts++,
  } as unknown as OrderContext;
  rekey(context, { n: 9, do: 'rekey', gen, wrapped, ...change });
  return restarts > 0;
}

/** What the gateway, which knows every key by its generation, says of a record that the device signs now. */
function verifies(identity: Identity, record: JournalRecord, key: Uint8Array): boolean {
  const deviceHandle = toHex(identity.handle);
  const { uptimeMs, wallMs, invitation, staff, ...rest } = record;
  const wire = {
    ...rest,
    kind: rest.kind as 1,
    uptime: uptimeMs,
    wall: wallMs,
    invitation: toHex(invitation),
    staff: toHex(staff),
  };
  const signed = signEvaluation(deriveKeys({ key, deviceHandle, gen: record.gen }), deviceHandle, wire);
  return createDeviceCrypto(sha256, identity).sign(record) === signed.sig;
}

describe('a new key', () => {
  it('is taken with the old one beside it, and records made before still verify under theirs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('press', 'rekey', 'acknowledge'), { maxLength: 30 }), (steps) => {
        const world = createFlashWorld(4096);
        const first = mountWorld(world).store.identity()!;
        const keys = new Map([[1, first.key]]);
        for (const step of steps) {
          const { store, journal } = mountWorld(world);
          const identity = store.identity()!;
          if (step === 'press') journal.append({ ...pressOf(journal.state().next), gen: identity.gen });
          else if (step === 'acknowledge') journal.acknowledge(journal.state().next - 1);
          else {
            const needed = generationInUse(identity, journal);
            const gen = identity.gen + 1;
            expect(order(world, gen)).toBe(needed === 0);
            if (needed === 0) keys.set(gen, keyOf(gen));
          }
          const now = mountWorld(world);
          for (let seq = now.journal.state().acked + 1; seq < now.journal.state().next; seq++) {
            const record = now.journal.firstFrom(seq)!;
            expect(verifies(now.store.identity()!, record, keys.get(record.gen)!)).toBe(true);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is not taken when it is malformed, older, or was wrapped for another message', () => {
    const world = createFlashWorld(1024);
    const before = mountWorld(world).store.identity();
    for (const change of [{ gen: 1 }, { gen: 256 }, { gen: '2' }, { wrapped: 'ab' }, { wrapped: 7 }])
      expect(order(world, 2, change)).toBe(false);
    expect(mountStore(world).identity()).toEqual(before);
    order(world, 2, { n: 10 });
    expect(mountStore(world).identity()!.key).not.toEqual(keyOf(2));
  });

  it('or the old one is there, whole, after a power cut at any write of the identity', () => {
    for (const pageBytes of [4096, 1024] as const) {
      const world = createFlashWorld(pageBytes);
      const { journal } = mountWorld(world);
      journal.append(pressOf(1));
      const first = mountStore(world).identity()!;
      const counters = mountStore(world);
      let cuts = 0;
      const writes: number[] = [];
      const counting = createFlashWorld(pageBytes, world.flash.image.slice());
      counting.flash.beforeOperation = ({ data }) => void writes.push(data ? data.length : 0);
      order(counting, 2);
      for (const [index, length] of writes.entries())
        for (let bytes = 0; bytes <= length; bytes++) {
          const copy = createFlashWorld(pageBytes, world.flash.image.slice());
          copy.flash.beforeOperation = (operation) =>
            operation.index === index ? { bytes, keptBits: 0x5a, content: (at) => at * 31 } : undefined;
          expect(() => order(copy, 2)).toThrow(PowerCut);
          copy.flash.beforeOperation = undefined;
          const store = mountStore(copy);
          const now = store.identity()!;
          if (now.gen === 1) expect(now).toEqual(first);
          else expect(now).toEqual({ ...first, key: keyOf(2), gen: 2, previous: { key: first.key, gen: 1 } });
          expect(store.counter(1)).toBeGreaterThanOrEqual(counters.counter(1));
          cuts++;
        }
      expect(cuts).toBeGreaterThan(180);
    }
  });
});
