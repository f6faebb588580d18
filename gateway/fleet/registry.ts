// Evaluators of the hall: registering them with a new key, and their derived keys by generation, kept in memory.
import { randomBytes } from 'node:crypto';
import { DEVICE_KEY_BYTES, HANDLE_BYTES } from '../../protocol/constants.ts';
import { type DeviceKeys, deriveKeys } from '../../protocol/keys.ts';
import type { Clock, Writer } from '../ports.ts';
import type { RegisteredDevice } from '../store/questions/fleet.ts';
import type { Reader } from '../store/reader.ts';
import { seal, unseal } from './master-key.ts';

/** What goes into the evaluator. All but the ids in hexadecimal. */
export interface DeviceIdentity {
  hall: string;
  device: string;
  handle: string;
  key: string;
  gen: number;
}

export interface KnownDevice extends RegisteredDevice {
  keys: ReadonlyMap<number, DeviceKeys>;
}

export interface Registry {
  /** Shows the key this once. */
  register(device: {
    id: string;
    hall: string;
    window: string | undefined;
  }): Promise<DeviceIdentity | { code: 'device.exists' | 'window.occupied' }>;
  /** The identity as it was given at first, with the key of the newest generation. */
  identityOf(device: RegisteredDevice): DeviceIdentity;
  revoke(id: string): Promise<{ ok: true } | { ok: false; code: 'device.unknown' }>;
  /** Undefined if no device has that id. Revocation is read afresh at each call. */
  find(id: string): KnownDevice | undefined;
}

export function makeRegistry(parts: {
  writer: Writer;
  reader: Reader;
  clock: Clock;
  sealKey: Buffer;
}): Registry {
  const { writer, reader, clock, sealKey } = parts;
  const keysByHandle = new Map<string, ReadonlyMap<number, DeviceKeys>>();

  const keysOf = (device: RegisteredDevice) => {
    const stored = reader.deviceKeys(device.no);
    const known = keysByHandle.get(device.handle);
    if (known && known.size === stored.length) return known;
    const keys = keysOfDevice({ handle: device.handle, stored, sealKey });
    keysByHandle.set(device.handle, keys);
    return keys;
  };

  return {
    async register({ id, hall, window }) {
      const key = randomBytes(DEVICE_KEY_BYTES);
      const handle = randomBytes(HANDLE_BYTES).toString('hex');
      const gen = 1;
      const sealedKey = seal(sealKey, key, `${handle}.${gen}`);
      const result = await writer.submit('register-device', {
        id,
        hall,
        window,
        handle,
        gen,
        sealedKey,
        atMs: clock.nowMs(),
      });
      if (!result.ok) return { code: result.code };
      return { hall, device: id, handle, key: key.toString('hex'), gen };
    },
    identityOf({ no, id, hall, handle }) {
      const { gen, sealed } = reader.deviceKeys(no).at(-1)!;
      const key = unseal(sealKey, sealed, `${handle}.${gen}`).toString('hex');
      return { hall, device: id, handle, key, gen };
    },
    revoke: (id) => writer.submit('revoke-device', { id, atMs: clock.nowMs() }),
    find(id) {
      const device = reader.deviceById(id);
      return device && { ...device, keys: keysOf(device) };
    },
  };
}

/** By generation. Throws when they were sealed under another master key. */
export function keysOfDevice(device: {
  handle: string;
  stored: readonly { gen: number; sealed: Buffer }[];
  sealKey: Uint8Array;
}): ReadonlyMap<number, DeviceKeys> {
  const { handle, stored, sealKey } = device;
  return new Map(
    stored.map(({ gen, sealed }) => {
      const key = unseal(sealKey, sealed, `${handle}.${gen}`);
      return [gen, deriveKeys({ key, deviceHandle: handle, gen })];
    }),
  );
}
