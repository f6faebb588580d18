import { describe, expect, it } from 'vitest';
import { createRandom } from '../../device/flash/testing/flash-world.ts';
import { type FlashOperation, PowerCut, type Tear } from '../../device/flash/testing/nor-flash.ts';
import {
  ALL_MARKS,
  acknowledgeAll,
  boot,
  compact,
  confirmRunning,
  createUpdateWorld,
  installFirst,
  type UpdateWorld,
  update,
  waitingMarks,
} from './update-world.ts';

/** Every prefix of every write is tried when this is set; else its ends and a few between. */
const everyPrefix = process.env.PROOF_EVERY_PREFIX === '1';
const HEADER_BYTES = 32;
const STORAGE_ADDRESS = 0x12000;

function running(world: UpdateWorld) {
  const booted = boot(world);
  if (booted.kind !== 'runs') throw new Error(booted.kind);
  return booted;
}

function tearsOf({ data }: FlashOperation, random: (limit: number) => number): Tear[] {
  if (!data) {
    const seed = random(1 << 30);
    return [
      { bytes: 0, keptBits: 0 },
      { bytes: 0, keptBits: 0, content: (i) => createRandom(seed + i * 7919)(256) },
      { bytes: 0, keptBits: 0, content: (i) => (i < seed % 4096 ? 0xff : createRandom(seed + i)(256)) },
    ];
  }
  const some = [0, 1, 2, 3, 4, data.length >> 1, data.length - 1, data.length, random(data.length)];
  const prefixes = everyPrefix ? Array.from({ length: data.length + 1 }, (_, i) => i) : new Set(some);
  return [...prefixes].map((bytes) => ({ bytes, keptBits: random(256) }));
}

const journalOf = ({ flash, journalArea: { address, bytes } }: UpdateWorld) =>
  flash.image.subarray(address, address + bytes);

/** A header that is cut in its length is what the interpreter erases all of Storage for. */
const isHeader = ({ address, data }: FlashOperation) =>
  address >= STORAGE_ADDRESS && data?.length === HEADER_BYTES;

interface Outcome {
  cuts: number;
  ran: Record<string, number>;
  destroyed: number;
}

/** Runs `act`; cuts power inside each operation on a copy of the flash and lets `check` look at what is left. */
function cutEverywhere(
  world: UpdateWorld,
  act: () => unknown,
  check: (copy: UpdateWorld, operation: FlashOperation) => string,
): Outcome {
  const random = createRandom(7);
  const outcome: Outcome = { cuts: 0, ran: {}, destroyed: 0 };
  world.flash.beforeOperation = (operation) => {
    for (const tear of tearsOf(operation, random)) {
      const copy = createUpdateWorld(world.flash.image.slice());
      copy.flash.beforeOperation = () => tear;
      expect(() => {
        if (operation.data) copy.flash.write(operation.address, operation.data);
        else copy.flash.erasePage(operation.address);
      }).toThrow(PowerCut);
      copy.flash.beforeOperation = undefined;
      const found = check(copy, operation);
      outcome.cuts += 1;
      if (found === 'destroyed') outcome.destroyed += 1;
      else outcome.ran[found] = (outcome.ran[found] ?? 0) + 1;
    }
    return undefined;
  };
  act();
  world.flash.beforeOperation = undefined;
  return outcome;
}

/** After the cut: a whole image or a destroyed Storage, and every record. Then the update is brought to its end. */
function checkUpdate(from: string, to: string) {
  return (copy: UpdateWorld, operation: FlashOperation): string => {
    const where = `operation ${operation.index} at ${operation.address.toString(16)}`;
    const booted = boot(copy);
    expect(waitingMarks(copy), where).toEqual(ALL_MARKS);
    if (booted.kind !== 'runs') {
      expect(isHeader(operation), `${where}: ${booted.kind}`).toBe(true);
      return 'destroyed';
    }
    expect([from, to]).toContain(booted.version);
    // What a torn last byte spoils is found by its hash, erased, and brought again.
    let now = booted;
    for (let offers = 0; offers < 3 && now.version !== to; offers++) {
      const report = update(copy, now, to);
      if (report.state === 'refused') expect(['update.hash', 'update.room'], where).toContain(report.code);
      if (report.code === 'update.room') return booted.version;
      now = running(copy);
    }
    expect(now.version, where).toBe(to);
    confirmRunning(copy, now);
    for (let starts = 0; starts < 5; starts++) expect(running(copy).version, where).toBe(to);
    expect(waitingMarks(copy), where).toEqual(ALL_MARKS);
    return booted.version;
  };
}

describe('a power cut', { timeout: 300_000 }, () => {
  it('at any write of an update leaves a whole version and every record, and the update goes on from there', () => {
    const world = createUpdateWorld();
    installFirst(world, '1.0.0');
    for (const [from, to] of [
      ['1.0.0', '2.0.0'],
      ['2.0.0', '3.0.0'],
    ] as const) {
      const act = () => {
        expect(update(world, running(world), to)).toMatchObject({ state: 'waiting' });
        expect(running(world).version).toBe(to);
        confirmRunning(world, running(world));
      };
      const outcome = cutEverywhere(world, act, checkUpdate(from, to));
      expect(outcome.ran[from]).toBeGreaterThan(30);
      expect(outcome.ran[to]).toBeGreaterThan(3);
      // Three headers, each with one or two bytes of its length written.
      expect(outcome.destroyed).toBeLessThanOrEqual(12);
      expect(waitingMarks(world)).toEqual(ALL_MARKS);
    }
  });

  it('at any write or erase of a compaction leaves the version that ran, or recovery and all raw flash', () => {
    const world = createUpdateWorld();
    installFirst(world, '1.0.0');
    for (const version of ['2.0.0', '3.0.0']) {
      update(world, running(world), version);
      confirmRunning(world, running(world));
    }
    const refused = update(world, running(world), '4.0.0');
    expect(refused).toMatchObject({ state: 'refused', code: 'update.room' });
    const before = world.flash.image.slice(STORAGE_ADDRESS);
    expect(compact(world, running(world))).toMatchObject({ state: 'refused', code: 'compact.journal' });
    expect(Buffer.compare(world.flash.image.subarray(STORAGE_ADDRESS), before)).toBe(0);
    acknowledgeAll(world);
    const outcome = cutEverywhere(
      world,
      () => compact(world, running(world)),
      (copy) => {
        const booted = boot(copy);
        expect(waitingMarks(copy)).toEqual([]);
        expect(Buffer.compare(journalOf(copy), journalOf(world))).toBe(0);
        if (booted.kind === 'runs') expect(booted.version).toBe('3.0.0');
        return booted.kind === 'runs' ? booted.version : 'destroyed';
      },
    );
    expect(outcome.cuts).toBeGreaterThan(20);
    expect(update(world, running(world), '4.0.0')).toMatchObject({ state: 'waiting' });
    expect(running(world).version).toBe('4.0.0');
  });
});
