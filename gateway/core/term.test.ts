import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar, unknownYears } from './calendar.ts';
import { DAY_MS, dateOf, dayOf, dayOfDate, startOfDayMs } from './shanghai-days.ts';
import { REGULATION_TERM, termEndsMs } from './term.ts';

const calendar = makeCalendar();
const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);

describe('the term of an evaluation', () => {
  it('has exactly five working days after the day of completion, whenever that is', () => {
    const moment = fc.integer({ min: shanghai('2020-01-01 00:00:00'), max: shanghai('2027-12-31 00:00:00') });
    fc.assert(
      fc.property(moment, (completedMs) => {
        const endsMs = termEndsMs(completedMs, REGULATION_TERM, calendar);
        const last = dayOf(endsMs) - 1;
        expect(endsMs).toBe(startOfDayMs(dayOf(endsMs)));
        expect(calendar.isWorkingDay(last)).toBe(true);
        const days = Array.from({ length: last - dayOf(completedMs) }, (_, n) => dayOf(completedMs) + 1 + n);
        expect(days.filter(calendar.isWorkingDay)).toHaveLength(5);
      }),
      { numRuns: 2000 },
    );
  });

  it('can be of natural days, and then ends with the next working day if its last is none', () => {
    const natural = { ...REGULATION_TERM, kind: 'natural' } as const;
    expect(termEndsMs(shanghai('2026-03-02 10:00:00'), natural, calendar)).toBe(
      shanghai('2026-03-10 00:00:00'),
    );
    expect(termEndsMs(shanghai('2026-03-04 10:00:00'), natural, calendar)).toBe(
      shanghai('2026-03-10 00:00:00'),
    );
    expect(termEndsMs(shanghai('2026-03-05 10:00:00'), natural, calendar)).toBe(
      shanghai('2026-03-11 00:00:00'),
    );
  });

  it('counts the day of completion where the hall says so', () => {
    const same = { ...REGULATION_TERM, start: 'same-day' } as const;
    expect(termEndsMs(shanghai('2026-03-02 10:00:00'), same, calendar)).toBe(shanghai('2026-03-07 00:00:00'));
  });
});

describe('the calendar', () => {
  it('takes the overrides of the hall before the arrangement', () => {
    const own = makeCalendar([
      { date: '2026-03-03', working: false },
      { date: '2026-03-07', working: true },
    ]);
    const completedMs = shanghai('2026-03-02 10:00:00');
    expect(termEndsMs(completedMs, REGULATION_TERM, own)).toBe(shanghai('2026-03-10 00:00:00'));
  });

  it('goes by weekends and fixed holidays in a year without arrangement, and says so from December before', () => {
    const isWorking = (date: string) => calendar.isWorkingDay(dayOfDate(date)!);
    expect(['2027-01-01', '2027-05-01', '2027-05-02', '2027-10-01', '2027-10-02'].map(isWorking)).toEqual(
      Array(5).fill(false),
    );
    expect(['2027-02-08', '2027-05-03', '2027-10-04'].map(isWorking)).toEqual([true, true, true]);
    expect(unknownYears(calendar, shanghai('2026-11-20 00:00:00'))).toEqual([]);
    expect(unknownYears(calendar, shanghai('2026-12-02 00:00:00'))).toEqual([2027]);
    expect(unknownYears(calendar, shanghai('2027-03-01 00:00:00'))).toEqual([2027]);
  });

  it('counts days in Asia/Shanghai whatever the zone of the server', () => {
    const zone = process.env.TZ;
    try {
      for (const other of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
        process.env.TZ = other;
        expect(dateOf(dayOf(shanghai('2026-03-05 23:59:59')))).toBe('2026-03-05');
        expect(dateOf(dayOf(shanghai('2026-03-06 00:00:00')))).toBe('2026-03-06');
        expect(startOfDayMs(dayOfDate('2026-03-06')!)).toBe(shanghai('2026-03-06 00:00:00'));
        expect(termEndsMs(shanghai('2026-03-05 23:59:59'), REGULATION_TERM, calendar) % DAY_MS).toBe(
          16 * 3_600_000,
        );
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
    expect(dayOfDate('2026-02-30')).toBeUndefined();
  });
});
