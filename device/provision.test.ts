import { describe, expect, it } from 'vitest';
import { createFlashWorld, mountWorld, pressOf } from './flash/testing/flash-world.ts';
import { createNodeHardware } from './link/testing/node-hardware.ts';
import { provision } from './provision.ts';

const another = { hall: 'h', device: 'd', handle: '0f'.repeat(8), key: 'ab'.repeat(32), gen: 2, force: true };

function makeWorld() {
  const flash = createFlashWorld(4096);
  const { store, journal } = mountWorld(flash);
  const hardware = createNodeHardware(flash, 1);
  const options = { hardware, store, journal, busy: () => world.busy };
  const world = {
    journal,
    hardware,
    reboots: 0,
    busy: false,
    run: (argument: unknown) => provision(options, argument),
  };
  hardware.native.reboot = () => {
    world.reboots++;
  };
  return { world, store };
}

describe('provisioning', () => {
  it('refuses what is malformed, and any during a press, and changes nothing', () => {
    const { world, store } = makeWorld();
    const before = store.identity();
    for (const wrong of [
      { hall: 'H' },
      { device: '' },
      { device: 'a'.repeat(33) },
      { handle: '0f' },
      { handle: 'xx'.repeat(8) },
      { key: 'ab' },
      { gen: 0 },
      { gen: 1.5 },
      { gen: 256 },
    ])
      world.run({ ...another, ...wrong });
    world.busy = true;
    world.run(another);
    expect(world.hardware.told.filter((line) => line.includes('refused'))).toHaveLength(10);
    expect(world.reboots).toBe(0);
    expect(store.identity()).toEqual(before);
    expect(world.journal.append(pressOf(1)).ok).toBe(true);
  });

  it('without an argument tells who it is and what it still holds, and never the key', () => {
    const { world, store } = makeWorld();
    world.journal.append(pressOf(1));
    world.run(undefined);
    const { hall, device, gen } = store.identity()!;
    expect(world.hardware.told.at(-1)).toMatch(
      new RegExp(`identity ${hall} ${device} [0-9a-f]{16} ${gen} 1$`),
    );
  });

  it('as another device restarts at once, and what runs until then writes no record', () => {
    const { world, store } = makeWorld();
    world.run(another);
    expect(world.reboots).toBe(1);
    expect(world.journal.append(pressOf(1))).toEqual({ ok: false, code: 'journal.flash' });
    expect(store.identity()?.device).toBe('d');
  });

  it('restarts too when the identity could not be written after the records were erased', () => {
    const { world, store } = makeWorld();
    store.writeIdentity = () => false;
    world.run(another);
    expect(world.reboots).toBe(1);
    expect(world.hardware.told.at(-1)).toContain('failed');
  });
});
