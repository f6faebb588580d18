import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { effectiveOf } from './effective.ts';
import { pressedMsOf } from './press-time.ts';

const candidate = fc.record({ id: fc.nat({ max: 1000 }), pressedMs: fc.nat({ max: 20 }) });
const candidates = fc.uniqueArray(candidate, { selector: ({ id }) => id, maxLength: 12 });
const time = fc.nat({ max: 2_000_000_000_000 });

describe('the evaluation that counts for a service', () => {
  it('is the same in whatever order, and however often, the presses arrived', () => {
    fc.assert(
      fc.property(
        candidates.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 0 })),
        ),
        ([all, some]) => {
          const shuffled = [...some, ...all];
          expect(effectiveOf(shuffled)?.id).toBe(effectiveOf(all)?.id);
          expect(effectiveOf([...shuffled].reverse())?.id).toBe(effectiveOf(all)?.id);
        },
      ),
    );
  });

  it('is the first one made, by its id where two were made at one time, and none where nobody pressed', () => {
    expect(effectiveOf([])).toBeUndefined();
    fc.assert(
      fc.property(candidates, (all) => {
        const chosen = effectiveOf(all);
        for (const { id, pressedMs } of all) {
          expect(chosen!.pressedMs <= pressedMs).toBe(true);
          if (pressedMs === chosen!.pressedMs) expect(chosen!.id <= id).toBe(true);
        }
      }),
    );
  });
});

describe('the time of a press', () => {
  it('is what the evaluator said if its clock was set, and never later than its arrival', () => {
    fc.assert(
      fc.property(time, time, time, (wall, uptime, receivedMs) => {
        const press = { wall: wall + 1, uptime, flags: FLAG_CLOCK_SET };
        const expected = Math.min(wall + 1, receivedMs);
        expect(pressedMsOf(press, { receivedMs, bootStartedMs: 5 })).toBe(expected);
      }),
    );
  });

  it('is counted from the start of its boot without a clock, and is its arrival if nothing is known', () => {
    const press = { wall: 0, uptime: 500, flags: 0 };
    expect(pressedMsOf(press, { receivedMs: 10_000, bootStartedMs: 1000 })).toBe(1500);
    expect(pressedMsOf(press, { receivedMs: 1200, bootStartedMs: 1000 })).toBe(1200);
    expect(pressedMsOf(press, { receivedMs: 10_000, bootStartedMs: undefined })).toBe(10_000);
  });
});
