import { describe, expect, it } from 'vitest';
import {
  createFlashWorld,
  createRandom,
  type FlashWorld,
  markOf,
  mountWorld,
  pressOf,
  testIdentity,
} from './testing/flash-world.ts';
import { type FlashOperation, PowerCut, type Tear } from './testing/nor-flash.ts';

const RECORDS = 1150;
/** Every prefix of every write is tried when this is set; else of every fortieth, and some of the others. */
const everyPrefix = process.env.PROOF_EVERY_PREFIX === '1';

/** What the evaluator knows: what it thanked for and what was acknowledged. */
interface Known {
  thanked: number[];
  appending: number | undefined;
  acked: number;
  acking: number;
}

function tearsOf(operation: FlashOperation, random: (limit: number) => number): Tear[] {
  const keptBits = () => random(256);
  if (!operation.data) {
    const seed = random(1 << 30);
    return [
      { bytes: 0, keptBits: 0 },
      { bytes: 0, keptBits: 0, content: (i) => createRandom(seed + i * 7919)(256) },
      { bytes: 0, keptBits: 0, content: (i) => (i < seed % 1024 ? 0xff : createRandom(seed + i)(256)) },
    ];
  }
  const length = operation.data.length;
  const prefixes =
    everyPrefix || operation.index % 40 === 0
      ? Array.from({ length: length + 1 }, (_, i) => i)
      : [random(length + 1), length];
  return prefixes.flatMap((bytes) => [0, keptBits(), keptBits()].map((bits) => ({ bytes, keptBits: bits })));
}

/** Cuts the power inside the operation on a copy of the flash, starts again there and compares. */
function cutAndCheck(world: FlashWorld, operation: FlashOperation, tear: Tear, known: Known): void {
  const copy = createFlashWorld(world.flash.pageBytes as 1024 | 4096, world.flash.image.slice());
  copy.flash.beforeOperation = () => tear;
  expect(() => {
    if (operation.data) copy.flash.write(operation.address, operation.data);
    else copy.flash.erasePage(operation.address);
  }).toThrow(PowerCut);
  copy.flash.beforeOperation = undefined;

  const { store, journal } = mountWorld(copy);
  expect(store.identity()).toEqual(testIdentity);
  const where = `operation ${operation.index}, ${tear.bytes} bytes, ${tear.keptBits}`;
  const state = journal.state();
  const seen: number[] = [];
  let from = state.acked + 1;
  for (let record = journal.firstFrom(from); record; record = journal.firstFrom(from)) {
    // Hundreds of thousands of comparisons: an assertion for each would take most of the time.
    if (record.seq !== from) expect(record.seq, where).toBe(from);
    seen.push(markOf(record));
    from++;
  }
  expect(state.next, where).toBe(from);
  expect(
    state.acked === known.acked || (state.acked > known.acked && state.acked <= known.acking),
    where,
  ).toBe(true);
  const expected = known.thanked.slice(state.acked);
  if (seen.length > expected.length && known.appending !== undefined) expected.push(known.appending);
  if (String(seen) !== String(expected)) expect(seen, where).toEqual(expected);
  expect(journal.state().missing, where).toEqual([]);
  expect(journal.append(pressOf(9999)), where).toEqual({ ok: true, seq: from });
}

describe.each([4096, 1024] as const)('power loss with pages of %i bytes', (pageBytes) => {
  it('at any write or erase leaves every thanked press there, once, and no other', {
    timeout: 900_000,
  }, () => {
    const world = createFlashWorld(pageBytes);
    const random = createRandom(20_260_213 + pageBytes);
    const { journal } = mountWorld(world);
    const known: Known = { thanked: [], appending: undefined, acked: 0, acking: 0 };
    let cuts = 0;
    world.flash.beforeOperation = (operation) => {
      for (const tear of tearsOf(operation, random)) {
        cutAndCheck(world, operation, tear, known);
        cuts++;
      }
      return undefined;
    };
    for (let i = 0; i < RECORDS; i++) {
      known.appending = i;
      const added = journal.append(pressOf(i));
      expect(added).toEqual({ ok: true, seq: i + 1 });
      known.appending = undefined;
      known.thanked.push(i);
      // The backlog goes up to 90 records and down again.
      const backlog = i % 100 < 90 ? (i % 100) + 1 : random(5);
      if (random(3) > 0 && i + 1 - backlog > known.acked) {
        known.acking = i + 1 - backlog;
        journal.acknowledge(known.acking);
        known.acked = known.acking;
      }
    }
    expect(world.flash.operations).toBeGreaterThan(RECORDS);
    expect(Math.max(...world.flash.erases)).toBeGreaterThan(0);
    expect(cuts).toBeGreaterThan(10_000);
  });

  it('leaves an identity whole, old or new, and never takes a boot number back', () => {
    const world = createFlashWorld(pageBytes);
    const random = createRandom(7);
    const { store } = mountWorld(world);
    let boots = 1;
    let floor = 1;
    let identities = [testIdentity];
    world.flash.beforeOperation = (operation) => {
      for (const tear of tearsOf(operation, random)) {
        const copy = createFlashWorld(pageBytes, world.flash.image.slice());
        copy.flash.beforeOperation = () => tear;
        expect(() => {
          if (operation.data) copy.flash.write(operation.address, operation.data);
          else copy.flash.erasePage(operation.address);
        }).toThrow(PowerCut);
        copy.flash.beforeOperation = undefined;
        const again = mountWorld(copy).store;
        expect(identities).toContainEqual(again.identity());
        expect(again.sequenceFloor()).toBeGreaterThanOrEqual(floor);
        // mountWorld has counted one more boot.
        expect(again.beginBoot()).toBeGreaterThanOrEqual(boots + 2);
      }
      return undefined;
    };
    for (let i = 0; i < 300; i++) {
      if (i % 3 === 0) store.saveSequenceFloor(i * 10 + 1);
      floor = store.sequenceFloor();
      if (i % 50 === 25) {
        identities = [
          store.identity()!,
          { ...testIdentity, gen: 1 + (i % 7), key: new Uint8Array(32).fill(i) },
        ];
        expect(store.writeIdentity(identities[1]!)).toBe(true);
        identities = [identities[1]!];
      }
      expect(store.beginBoot()).toBe(boots + 1);
      boots++;
    }
  });
});
