// While a world runs, every random number of the process comes from its seed: keys, nonces and handles are drawn by
// production code from node:crypto, and the same seed must give the same bytes. Never outside a simulated world.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { seededRandom } from '../people/random.ts';

const UUID_BYTES = 16;

/** Returns what gives the process its own randomness back. */
export function seedRandomness(seed: number): () => void {
  const { randomBytes, randomFillSync, randomUUID } = crypto;
  const mathRandom = Math.random;
  const next = seededRandom(seed, 'cryptography');
  const fill = (bytes: Uint8Array) => {
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.floor(next() * 256);
    return bytes;
  };
  const bytesOf = (view: NodeJS.ArrayBufferView) =>
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  Object.assign(crypto, {
    randomBytes(size: number, done?: (error: null, bytes: Buffer) => void) {
      const bytes = fill(Buffer.alloc(size)) as Buffer;
      if (done) queueMicrotask(() => done(null, bytes));
      return bytes;
    },
    randomFillSync(view: NodeJS.ArrayBufferView) {
      fill(bytesOf(view));
      return view;
    },
    randomUUID() {
      const hex = Buffer.from(fill(new Uint8Array(UUID_BYTES))).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  });
  Math.random = seededRandom(seed, 'Math.random');
  syncBuiltinESMExports();
  return () => {
    Object.assign(crypto, { randomBytes, randomFillSync, randomUUID });
    Math.random = mathRandom;
    syncBuiltinESMExports();
  };
}
