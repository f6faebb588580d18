// The global `E`: conversions, CRC, the predictable random numbers, error flags, and the calls that do nothing
// where there is no such hardware. E.reboot restarts the device.

import { toBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import type { Host } from './host.ts';
import { toJs } from './to-js.ts';

export interface ConsoleLock {
  password: string | undefined;
  locked: boolean;
}

export function createE(host: Host, state: { flags: Set<string>; lock: ConsoleLock }): object {
  const { realm } = host;
  const nothing = () => undefined;
  return realm.object({
    CRC32: (data: unknown) => crc32(toBytes(data)),
    hwRand: () => Math.floor(host.random() * 0x100000000) | 0,
    srand: (seed: number) => host.seedRandom(Number(seed)),
    getErrorFlags: () => {
      const raised = realm.array([...state.flags]);
      state.flags.clear();
      return raised;
    },
    toString: (...data: unknown[]) => latin1(data),
    toUint8Array: (...data: unknown[]) => realm.bytes(toBytes(data)),
    toArrayBuffer: (text: unknown) =>
      typeof text === 'string' ? realm.arrayBuffer(toBytes(text)) : undefined,
    toJS: toJs,
    mapInPlace,
    reboot: () => host.restart(),
    setPassword: (password: unknown) => {
      state.lock.password = password === undefined ? undefined : String(password).slice(0, 20);
    },
    lockConsole: () => {
      state.lock.locked = state.lock.password !== undefined;
    },
    getTemperature: () => 20,
    getAnalogVRef: () => 3.3,
    enableWatchdog: nothing,
    kickWatchdog: nothing,
    setTimeZone: nothing,
    setFlags: nothing,
    getFlags: () => realm.object({}),
    setConsole: nothing,
    getConsole: () => 'USB',
    setClock: nothing,
    defrag: nothing,
    dumpFreeList: nothing,
  });
}

function latin1(data: unknown[]): string {
  return Buffer.from(toBytes(data)).toString('latin1');
}

/** E.mapInPlace(from, to, map, bits): reads groups of bits, looks each up (an array, a function, or nothing). */
function mapInPlace(
  from: unknown,
  to: { [index: number]: number; length: number },
  map?: unknown,
  bits = 0,
): void {
  const width = bits === 0 ? 8 : Math.abs(bits);
  const source = toBytes(from);
  const mask = 2 ** width - 1;
  const lookUp = (value: number, index: number): number => {
    if (typeof map === 'function') return map(value, index);
    return map ? ((map as number[])[value] ?? 0) : value;
  };
  for (let index = 0, at = 0; index < to.length && at + width <= source.length * 8; index++, at += width) {
    const byte = source[at >> 3]!;
    const shift = bits < 0 ? at & 7 : 8 - width - (at & 7);
    to[index] = lookUp(width >= 8 ? byte : (byte >> shift) & mask, index);
  }
}
