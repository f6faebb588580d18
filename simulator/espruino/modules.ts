// `require`: the interpreter's own libraries, then Storage files by their name, each evaluated once.

import crypto from 'node:crypto';
import { binaryString, toBytes } from './bytes.ts';
import { isBlindCanvas } from './graphics.ts';
import { compress, decompress, remembering } from './heatshrink.ts';
import type { Host } from './host.ts';

/** Texts and pictures of the firmware and of a day's cards. */
const UNPACKED_LIMIT = 512;
const unpack = remembering(UNPACKED_LIMIT, decompress);

const HASHES = { SHA1: 'sha1', SHA224: 'sha224', SHA256: 'sha256', SHA384: 'sha384', SHA512: 'sha512' };

/** Defines `require`; `libraries` are those that keep state of their own. */
export function installModules(host: Host, libraries: Record<string, object>): void {
  const { realm } = host;
  const cache = new Map<string, unknown>(Object.entries(libraries));
  cache.set('crypto', createCrypto(host));
  cache.set('heatshrink', {
    compress: (data: unknown) => realm.arrayBuffer(compress(toBytes(data))),
    decompress: (data: unknown) => realm.arrayBuffer(unpack(toBytes(data))),
  });
  realm.define('require', (name: unknown) => {
    const key = String(name);
    if (cache.has(key)) return cache.get(key);
    const file = host.ports.files.read(key);
    if (!file) throw realm.error(`Module ${key} not found`);
    const module = realm.object({ exports: realm.object({}) });
    const run = realm.run(`(function (exports, module) {${binaryString(file)}\n})`, key) as (
      exports: object,
      module: object,
    ) => void;
    run.call(module.exports, module.exports, module);
    cache.set(key, module.exports);
    return module.exports;
  });
  realm.define('Modules', {
    removeCached: (name: unknown) => cache.delete(String(name)),
    getCached: () => realm.array([...cache.keys()]),
  });
}

/** A canvas in which nothing is drawn is hashed for every strip of a screen all the same: once is enough. */
function createCrypto(host: Host): object {
  const hash = (algorithm: string) => {
    const sum = (data: unknown) => host.realm.arrayBuffer(crypto.hash(algorithm, toBytes(data), 'buffer'));
    let still: { canvas: ArrayBuffer; sum: ArrayBuffer } | undefined;
    return (data: unknown) => {
      if (!host.isBlind || !isBlindCanvas(data)) return sum(data);
      if (still?.canvas !== data) still = { canvas: data, sum: sum(data) };
      return still.sum;
    };
  };
  return Object.fromEntries(Object.entries(HASHES).map(([name, algorithm]) => [name, hash(algorithm)]));
}
