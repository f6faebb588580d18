import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveKeys } from '../../protocol/keys.ts';
import type { Clock, Writer } from '../ports.ts';
import { EVENTS_LIMIT } from '../store/commands/fleet.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import { openReader, type Reader } from '../store/reader.ts';
import { openStore, type Store } from '../store/store.ts';
import { createMasterKeyFile, loadMasterKeys, MasterKeyError, seal, unseal } from './master-key.ts';
import { openKeysEarly } from './open-keys-early.ts';
import { type DeviceIdentity, makeRegistry, type Registry } from './registry.ts';

const clock: Clock = { nowMs: () => 1_000_000, monotonicMs: () => 0, after: () => () => undefined };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-fleet-'));
  file = join(folder, 'master.key');
  createMasterKeyFile(file);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the master key', () => {
  it('is readable by its owner only, and never overwritten', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => createMasterKeyFile(file)).toThrow(/EEXIST/);
  });

  it('opens what it sealed, for whom it sealed it, and nothing that was changed', () => {
    const { seal: key } = loadMasterKeys(file);
    const sealed = seal(key, Buffer.from('secret'), 'a.1');
    expect(unseal(key, sealed, 'a.1').toString()).toBe('secret');
    expect(sealed.includes('secret')).toBe(false);
    expect(() => unseal(key, sealed, 'b.1')).toThrow();
    sealed[15]! ^= 1;
    expect(() => unseal(key, sealed, 'a.1')).toThrow();
    expect(() => unseal(Buffer.alloc(32), sealed, 'a.1')).toThrow();
  });

  it('says in one sentence what is wrong with its file', () => {
    expect(() => loadMasterKeys(join(folder, 'nowhere'))).toThrow(MasterKeyError);
    writeFileSync(file, 'short');
    expect(() => loadMasterKeys(file)).toThrow(/64 hexadecimal digits/);
  });
});

describe('the registry of evaluators', () => {
  let store: Store;
  let reader: Reader;
  let registry: Registry;
  beforeEach(() => {
    const { chain, seal: sealKey } = loadMasterKeys(file);
    store = openStore({ dataFolder: folder, chainKey: chain });
    reader = openReader(folder);
    const submit = async (name: string, input: unknown) => {
      const [result] = store.apply([{ name, input } as never]);
      return result?.ok ? result.out : Promise.reject(new Error('not applied'));
    };
    registry = makeRegistry({ writer: { submit } as unknown as Writer, reader, clock, sealKey });
  });
  afterEach(() => {
    reader.close();
    store.close();
  });
  const register = async (id: string, window: string | undefined) => {
    const made = await registry.register({ id, hall: 'h', window });
    if ('code' in made) throw new Error(made.code);
    return made;
  };

  it('gives every evaluator a handle and a key of its own, and finds them again', async () => {
    const made: DeviceIdentity[] = [await register('a', 'w1'), await register('b', undefined)];
    expect(new Set(made.map(({ key }) => key)).size).toBe(2);
    expect(new Set(made.map(({ handle }) => handle)).size).toBe(2);
    for (const { device, handle, key, gen } of made) {
      const keys = registry.find(device)?.keys.get(gen);
      expect(keys).toEqual(deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen }));
    }
    expect(registry.find('c')).toBeUndefined();
  });

  it('refuses an id twice, and a second evaluator at a window until the first is revoked', async () => {
    await register('a', 'w1');
    expect(await registry.register({ id: 'a', hall: 'h', window: 'w2' })).toEqual({ code: 'device.exists' });
    expect(await registry.register({ id: 'b', hall: 'h', window: 'w1' })).toEqual({
      code: 'window.occupied',
    });
    expect(await registry.revoke('a')).toEqual({ ok: true });
    expect(registry.find('a')?.revokedMs).toBe(1_000_000);
    expect(await registry.revoke('nobody')).toEqual({ ok: false, code: 'device.unknown' });
    await register('b', 'w1');
    expect(reader.deviceAtWindow('w1')?.id).toBe('b');
  });

  it('keeps the newest events of an evaluator, and forgets the oldest', async () => {
    await register('a', 'w1');
    const note = (number: number) => ({
      name: 'note-device-event' as const,
      input: { device: 'a', kind: 'hello', detail: { number }, atMs: number },
    });
    store.apply(Array.from({ length: EVENTS_LIMIT + 5 }, (_, index) => note(index + 1)));
    const kept = reader.deviceEvents(reader.deviceById('a')!.no, 10_000);
    expect(kept).toHaveLength(EVENTS_LIMIT);
    expect(kept[0]).toEqual({ atMs: 6, kind: 'hello', detail: { number: 6 } });
    expect(kept.at(-1)!.atMs).toBe(EVENTS_LIMIT + 5);
  });

  it('has the keys of every evaluator open before one asks, a few at a time, and those of a revoked one never', async () => {
    const count = 150;
    const ids = Array.from({ length: count }, (_, index) => `e${index}`);
    for (const id of ids) await register(id, undefined);
    await registry.revoke('e1');
    let next: (() => void) | undefined;
    const after: Clock['after'] = (_, run) => {
      next = run;
      return () => undefined;
    };
    const { seal: sealKey } = loadMasterKeys(file);
    const restarted = makeRegistry({
      writer: { submit: async () => undefined } as never,
      reader,
      clock,
      sealKey,
    });
    const ignore = () => undefined;
    const log = { info: ignore, warn: ignore, error: ignore };
    openKeysEarly({ registry: restarted, reader, clock: { ...clock, after }, log });
    let turns = 0;
    while (next) {
      const run = next;
      next = undefined;
      run();
      turns += 1;
    }
    expect(turns).toBeGreaterThan(1);
    // What is in the database now opens under no key: only what was opened before is still known.
    const database = new Database(join(folder, DATABASE_FILE));
    database.exec('UPDATE device_key SET sealed = zeroblob(60)');
    database.close();
    const opens = (id: string) => {
      try {
        return restarted.find(id)?.keys.size === 1;
      } catch {
        return false;
      }
    };
    expect(ids.filter((id) => !opens(id))).toEqual(['e1']);
  });

  it('keeps no key in clear in the database', async () => {
    const { key } = await register('a', 'w1');
    const database = new Database(join(folder, DATABASE_FILE), { readonly: true });
    const image = database.serialize();
    database.close();
    expect(image.includes(Buffer.from(key, 'hex'))).toBe(false);
    expect(image.includes(key)).toBe(false);
  });
});
