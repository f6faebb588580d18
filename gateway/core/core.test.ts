import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import { pressedMsOf } from './press-time.ts';

const time = fc.nat({ max: 2_000_000_000_000 });

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
