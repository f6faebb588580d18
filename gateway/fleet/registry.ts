// Evaluators of the hall: registering them with a new key, and their derived keys by generation, kept in memory.
import { randomBytes } from 'node:crypto';
import { DEVICE_KEY_BYTES, HANDLE_BYTES } from '../../protocol/constants.ts';
import { type DeviceKeys, deriveKeys } from '../../protocol/keys.ts';
import type { Clock, Writer } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import type { RegisteredDevice, SealedKey } from '../store/questions/fleet.ts';
import type { Reader } from '../store/reader.ts';
import { seal, unseal } from './master-key.ts';

/** It is one byte in what a device signs. */
const GENERATION_MAX = 255;

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
  /** A new evaluator at the window of an old one, which is revoked now or once it is drained. */
  replace(device: {
    old: string;
    id: string;
    revokesNow: boolean;
  }): Promise<Commands['replace-device']['out']>;
  /** The key that waits for the device to take it, made now if none does; undefined when generations are used up. */
  nextKey(device: RegisteredDevice): Promise<{ gen: number; key: Buffer } | undefined>;
  /** The key that waits for the device to take it, if one does. */
  waitingKey(device: RegisteredDevice): { gen: number; key: Buffer } | undefined;
  revoke(id: string): Promise<{ ok: true } | { ok: false; code: 'device.unknown' }>;
  /** Undefined if no device has that id. Revocation is read afresh at each call. */
  find(id: string): KnownDevice | undefined;
  /** Keeps them for when the device is asked for. Throws when they were sealed under another master key. */
  openKeys(device: { handle: string; keys: readonly SealedKey[] }): void;
}

export function makeRegistry(parts: {
  writer: Pick<Writer, 'submit'>;
  reader: Reader;
  clock: Clock;
  sealKey: Buffer;
}): Registry {
  const { writer, reader, clock, sealKey } = parts;
  const keysByHandle = new Map<string, ReadonlyMap<number, DeviceKeys>>();

  const openKeys = (handle: string, stored: readonly SealedKey[]) => {
    const known = keysByHandle.get(handle);
    if (known && known.size === stored.length) return known;
    const keys = keysOfDevice({ handle, stored, sealKey });
    keysByHandle.set(handle, keys);
    return keys;
  };

  const newSecret = (gen: number, handle: string) => {
    const key = randomBytes(DEVICE_KEY_BYTES);
    return { key, sealedKey: seal(sealKey, key, `${handle}.${gen}`) };
  };
  const waitingKey: Registry['waitingKey'] = ({ no, handle, connectGen }) => {
    const newest = reader.deviceKeys(no).at(-1);
    if (!newest || newest.gen <= connectGen) return undefined;
    return { gen: newest.gen, key: unseal(sealKey, newest.sealed, `${handle}.${newest.gen}`) };
  };

  return {
    waitingKey,
    async nextKey(device) {
      const waiting = waitingKey(device);
      if (waiting) return waiting;
      const gen = device.connectGen + 1;
      if (gen > GENERATION_MAX) return undefined;
      const { key, sealedKey } = newSecret(gen, device.handle);
      const added = await writer.submit('add-device-key', {
        device: device.id,
        gen,
        sealedKey,
        atMs: clock.nowMs(),
      });
      return added.ok ? { gen, key } : undefined;
    },
    replace({ old, id, revokesNow }) {
      const handle = randomBytes(HANDLE_BYTES).toString('hex');
      const gen = 1;
      const { sealedKey } = newSecret(gen, handle);
      const atMs = clock.nowMs();
      return writer.submit('replace-device', { old, id, handle, gen, sealedKey, revokesNow, atMs });
    },
    async register({ id, hall, window }) {
      const handle = randomBytes(HANDLE_BYTES).toString('hex');
      const gen = 1;
      const { key, sealedKey } = newSecret(gen, handle);
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
    openKeys: ({ handle, keys }) => void openKeys(handle, keys),
    find(id) {
      const found = reader.deviceWithKeys(id);
      return found && { ...found.device, keys: openKeys(found.device.handle, found.keys) };
    },
  };
}

/** By generation. Throws when they were sealed under another master key. */
export function keysOfDevice(device: {
  handle: string;
  stored: readonly SealedKey[];
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
