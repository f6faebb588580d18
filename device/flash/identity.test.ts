import { describe, expect, it } from 'vitest';
import { eraseJournal } from './erase-journal.ts';
import { COUNTER_RESETS, ENTRIES_OFFSET, ENTRY_BYTES } from './identity-layout.ts';
import { crc32 } from './journal-format.ts';
import { createFlashWorld, mountStore, mountWorld, pressOf, testIdentity } from './testing/flash-world.ts';
import { PowerCut } from './testing/nor-flash.ts';

describe.each([4096, 1024] as const)('identity and counters on pages of %i bytes', (pageBytes) => {
  it('are not there on a new board, and nothing is counted', () => {
    const store = mountStore(createFlashWorld(pageBytes));
    expect(store.identity()).toBeUndefined();
    expect(store.beginBoot()).toBe(0);
    expect(store.sequenceFloor()).toBe(1);
    store.saveSequenceFloor(50);
    expect(store.sequenceFloor()).toBe(1);
  });

  it('come back after a restart as they were provisioned', () => {
    const world = createFlashWorld(pageBytes);
    const longest = { ...testIdentity, hall: 'h'.repeat(32), device: 'd'.repeat(32), gen: 255 };
    expect(mountStore(world).writeIdentity(longest)).toBe(true);
    expect(mountStore(world).identity()).toEqual(longest);
  });

  it('refuse ids, keys and handles of the wrong length', () => {
    const store = mountStore(createFlashWorld(pageBytes));
    expect(store.writeIdentity({ ...testIdentity, hall: 'h'.repeat(33) })).toBe(false);
    expect(store.writeIdentity({ ...testIdentity, key: new Uint8Array(31) })).toBe(false);
    expect(store.writeIdentity({ ...testIdentity, handle: new Uint8Array(7) })).toBe(false);
    expect(store.identity()).toBeUndefined();
  });

  it('count every boot once over 1,000 boots, and tell an ordered restart from a power cut', () => {
    const world = createFlashWorld(pageBytes);
    mountStore(world).writeIdentity(testIdentity);
    let clean = false;
    for (let boot = 1; boot <= 1000; boot++) {
      const store = mountStore(world);
      expect(store.beginBoot()).toBe(boot);
      expect(store.endedClean()).toBe(clean);
      clean = boot % 3 === 0;
      if (clean) store.markClean();
    }
    expect(mountStore(world).counter(COUNTER_RESETS)).toBe(999 - 333);
    expect(Math.max(...world.flash.erases)).toBeLessThan(12);
  });

  it('count a reset at least once, and an ordered restart never, wherever power fails while it is counted', () => {
    for (const cutWrite of [0, 1])
      for (let bytes = 0; bytes <= ENTRY_BYTES; bytes++) {
        const world = createFlashWorld(pageBytes);
        mountStore(world).writeIdentity(testIdentity);
        mountStore(world).beginBoot();
        const first = world.flash.operations;
        world.flash.beforeOperation = ({ index }) =>
          index === first + cutWrite ? { bytes, keptBits: 0 } : undefined;
        expect(() => mountStore(world).beginBoot()).toThrow(PowerCut);
        world.flash.beforeOperation = undefined;
        const store = mountStore(world);
        const boot = store.beginBoot();
        const resets = store.counter(COUNTER_RESETS);
        expect(resets).toBeGreaterThanOrEqual(boot - 1);
        expect(resets).toBeLessThanOrEqual(2);
        store.markClean();
        const next = mountStore(world);
        next.beginBoot();
        expect(next.counter(COUNTER_RESETS)).toBe(resets);
      }
  });

  it('keep boot number and sequences when a device gets a new key, and forget the old key', () => {
    const world = createFlashWorld(pageBytes);
    mountStore(world).writeIdentity(testIdentity);
    const store = mountStore(world);
    store.beginBoot();
    store.beginBoot();
    store.saveSequenceFloor(1234);
    const renewed = { ...testIdentity, gen: 2, key: new Uint8Array(32).fill(9) };
    store.writeIdentity(renewed);
    const again = mountStore(world);
    expect(again.identity()).toEqual(renewed);
    expect(again.beginBoot()).toBe(3);
    expect(again.sequenceFloor()).toBe(1234);
    expect(Buffer.from(world.flash.image).includes(Buffer.from(testIdentity.key))).toBe(false);
  });

  it('begin sequences anew for another device, on a journal that was erased before', () => {
    const world = createFlashWorld(pageBytes);
    const { store, journal } = mountWorld(world);
    for (let i = 0; i < 100; i++) journal.append(pressOf(i));
    journal.acknowledge(100);
    expect(eraseJournal(world.flash, world.journalArea, crc32)).toBe(true);
    const other = { ...testIdentity, device: 'b07', handle: new Uint8Array(8).fill(3) };
    expect(store.writeIdentity(other)).toBe(true);
    const again = mountWorld(world);
    expect(again.store.identity()).toEqual(other);
    expect(again.boot).toBe(2);
    expect(again.journal.state()).toMatchObject({ acked: 0, oldest: 1, next: 1, unsent: 0 });
    world.flash.badPages.add(0x2000 / pageBytes);
    again.journal.append(pressOf(1));
    world.flash.image[0x2000] = 0;
    expect(eraseJournal(world.flash, world.journalArea, crc32)).toBe(false);
  });

  it('pass over places in flash that take no writing', () => {
    const world = createFlashWorld(pageBytes);
    const store = mountStore(world);
    store.writeIdentity(testIdentity);
    store.beginBoot();
    const second = 0x1000 * Number(world.flash.image[0x1000] !== 0xff);
    world.flash.image[second + ENTRIES_OFFSET + 8 + 3] = 0;
    expect(store.beginBoot()).toBe(2);
    expect(store.flashErrors()).toBe(1);
    expect(mountStore(world).beginBoot()).toBe(3);
  });
});
