import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';
import {
  CLOCK_TOLERANCE_MS,
  type DatedRecord,
  dateOfPress,
  intervalOf,
  type Neighbours,
  withNeighbour,
} from './press-time.ts';

const time = fc.nat({ max: 2_000_000_000_000 });

describe('the time of a press', () => {
  it('is what the evaluator said if its clock was set and can be right, and never later than its arrival', () => {
    fc.assert(
      fc.property(time, time, time, (wall, uptime, receivedMs) => {
        const press = { wall: wall + 1, uptime, flags: FLAG_CLOCK_SET };
        const date = dateOfPress(press, { receivedMs, bootStartedMs: undefined });
        if (wall + 1 > receivedMs + CLOCK_TOLERANCE_MS)
          expect(date).toEqual({ kind: 'undated', doubt: 'future' });
        else expect(date).toEqual({ kind: 'dated', atMs: Math.min(wall + 1, receivedMs), doubt: undefined });
      }),
    );
  });

  it('is counted from the start of its boot without a clock, and undated if nothing is known', () => {
    const press = { wall: 0, uptime: 500, flags: 0 };
    const dated = (atMs: number) => ({ kind: 'dated', atMs, doubt: undefined });
    expect(dateOfPress(press, { receivedMs: 10_000, bootStartedMs: 1000 })).toEqual(dated(1500));
    expect(dateOfPress(press, { receivedMs: 1200, bootStartedMs: 1000 })).toEqual(dated(1200));
    expect(dateOfPress(press, { receivedMs: 10_000, bootStartedMs: undefined })).toEqual({
      kind: 'undated',
      doubt: undefined,
    });
  });

  it('in the future or before the boot is marked, and taken from boot and uptime instead', () => {
    const said = (wall: number) => ({ wall, uptime: 500, flags: FLAG_CLOCK_SET });
    const arrival = { receivedMs: 10_000_000, bootStartedMs: 9_000_000 };
    expect(dateOfPress(said(10_000_001 + CLOCK_TOLERANCE_MS), arrival)).toEqual({
      kind: 'dated',
      atMs: 9_000_500,
      doubt: 'future',
    });
    expect(dateOfPress(said(8_999_999 - CLOCK_TOLERANCE_MS), arrival)).toMatchObject({
      atMs: 9_000_500,
      doubt: 'before-boot',
    });
  });
});

describe('a press that nothing dates', () => {
  const press = { seq: 50, boot: 3, uptime: 700, floorMs: 1000, receivedMs: 9000 };
  const record = (seq: number, atMs: number, boot = 1): DatedRecord => ({ seq, boot, uptime: 100, atMs });
  const none: Neighbours = { before: undefined, after: undefined };
  const known = (...seen: DatedRecord[]) =>
    seen.reduce((neighbours, next) => withNeighbour(neighbours, next, press), none);

  it('was made between its dated neighbours, after its invitation and before its arrival', () => {
    expect(intervalOf(press, none)).toEqual({ fromMs: 1000, untilMs: 9000 });
    expect(intervalOf(press, known(record(49, 2000), record(51, 4000)))).toEqual({
      fromMs: 2000,
      untilMs: 4000,
    });
    expect(intervalOf(press, known(record(49, 500)))).toEqual({ fromMs: 1000, untilMs: 9000 });
  });

  it('has its moment where a neighbour is of the same boot', () => {
    expect(intervalOf(press, known(record(40, 3000, 3), record(60, 8000)))).toEqual({
      fromMs: 3600,
      untilMs: 3600,
    });
    expect(intervalOf(press, known(record(40, 1500), record(60, 3000, 3)))).toEqual({
      fromMs: 3600,
      untilMs: 3600,
    });
  });

  it('has the same interval in whatever order its neighbours arrive, and however often', () => {
    const seen = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat(9000), fc.integer({ min: 1, max: 4 })), {
        selector: ([seq]) => seq,
        maxLength: 8,
      })
      .map((rows) => rows.filter(([seq]) => seq !== press.seq).map((row) => record(...row)));
    const told = seen.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.shuffledSubarray(all),
      ),
    );
    fc.assert(
      fc.property(told, ([all, shuffled, again]) => {
        const before = all.filter(({ seq }) => seq < press.seq).sort((a, b) => b.seq - a.seq)[0];
        const after = all.filter(({ seq }) => seq > press.seq).sort((a, b) => a.seq - b.seq)[0];
        expect(known(...shuffled, ...again)).toEqual({ before, after });
        const { fromMs, untilMs } = intervalOf(press, known(...shuffled, ...again));
        expect(fromMs).toBeLessThanOrEqual(untilMs);
      }),
      { numRuns: 500 },
    );
  });
});
