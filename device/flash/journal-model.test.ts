import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createFlashWorld,
  createRandom,
  imageOf,
  markOf,
  mountWorld,
  pressOf,
} from './testing/flash-world.ts';
import { PowerCut } from './testing/nor-flash.ts';

type Step =
  | { do: 'press'; times: number }
  | { do: 'ack'; back: number }
  | { do: 'restart' }
  | { do: 'cut'; after: number; bytes: number; keptBits: number; seed: number }
  | { do: 'bad'; page: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('press' as const), times: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('ack' as const), back: fc.integer({ min: -2, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      after: fc.integer({ min: 0, max: 120 }),
      bytes: fc.integer({ min: 0, max: 57 }),
      keptBits: fc.integer({ min: 0, max: 255 }),
      seed: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bad' as const), page: fc.nat({ max: 63 }) }) },
);

/** Runs the steps beside a plain list of what was thanked for, through any number of power cuts. */
function runModel(pageBytes: 1024 | 4096, steps: Step[]): void {
  const world = createFlashWorld(pageBytes);
  let { journal } = mountWorld(world);
  /** By sequence: what was recorded and thanked for. */
  const thanked = new Map<number, number>();
  let acked = 0;
  /** The highest the gateway ever acknowledged: a mount may find less where a page took no mark, never more. */
  let granted = 0;
  let lastSent = 0;
  let mark = 0;
  let badPages = 0;

  const check = (unfinished: number | undefined) => {
    const state = journal.state();
    const kept = new Map(imageOf(world).records.map((record) => [record.seq, record]));
    for (let seq = state.acked + 1; seq < state.next; seq++) {
      const record = journal.firstFrom(seq);
      if (record?.seq === seq && !thanked.has(seq)) {
        expect(markOf(record)).toBe(unfinished);
        thanked.set(seq, markOf(record));
      }
    }
    for (const [seq, press] of thanked) {
      if (seq <= state.acked) continue;
      const record = journal.firstFrom(seq);
      expect(record && { seq: record.seq, mark: markOf(record) }).toEqual({ seq, mark: press });
      expect(kept.get(seq)).toBeDefined();
    }
    expect(state.next).toBeGreaterThan(Math.max(0, ...thanked.keys()));
    expect(state.acked).toBeLessThanOrEqual(granted);
    expect(journal.state().missing).toEqual([]);
  };

  const restart = (unfinished: number | undefined) => {
    world.flash.beforeOperation = undefined;
    ({ journal } = mountWorld(world));
    check(unfinished);
    acked = journal.state().acked;
  };

  for (const now of steps) {
    if (now.do === 'restart') restart(undefined);
    if (now.do === 'bad' && badPages < 2) {
      world.flash.badPages.add((0x2000 + (now.page % (0x10000 / pageBytes)) * pageBytes) / pageBytes);
      badPages = world.flash.badPages.size;
    }
    if (now.do === 'cut') {
      const at = world.flash.operations + now.after;
      const content = now.seed % 3 ? (i: number) => createRandom(now.seed + i * 31)(256) : undefined;
      world.flash.beforeOperation = ({ index }) =>
        index === at ? { bytes: now.bytes, keptBits: now.keptBits, ...(content && { content }) } : undefined;
    }
    let unfinished: number | undefined;
    try {
      if (now.do === 'press')
        for (let i = 0; i < now.times; i++) {
          unfinished = ++mark;
          const added = journal.append(pressOf(mark));
          if (added.ok) {
            expect(thanked.has(added.seq)).toBe(false);
            thanked.set(added.seq, mark);
            lastSent = added.seq;
          }
          unfinished = undefined;
        }
      if (now.do === 'ack') {
        acked = Math.max(acked, Math.min(journal.state().next - 1, lastSent - now.back));
        granted = Math.max(granted, acked);
        journal.acknowledge(lastSent - now.back);
        expect(journal.state().acked).toBe(acked);
      }
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      restart(unfinished);
    }
  }
  restart(undefined);
}

describe('the journal beside a plain list', () => {
  it.each([4096, 1024] as const)(
    'agrees with it through presses, acknowledgements, power cuts and bad pages (%i)',
    { timeout: 600_000 },
    (pageBytes) => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => runModel(pageBytes, steps)),
        { numRuns: Number(process.env.PROOF_MODEL_RUNS ?? 60) },
      );
    },
  );
});
