// Says loudly when terms that run now may reach into a year without an arrangement of working days.
import { type Calendar, unknownYears } from '../core/calendar.ts';
import type { Clock, Counters, Log } from '../ports.ts';

export interface CalendarWatch {
  /** Warns once for each set of years. */
  look(): void;
  unknownYears(): number[];
}

export function makeCalendarWatch(parts: {
  calendar: Calendar;
  clock: Clock;
  counters: Counters;
  log: Log;
}): CalendarWatch {
  const { calendar, clock, counters, log } = parts;
  let warnedOf = '';
  const years = () => unknownYears(calendar, clock.nowMs());
  return {
    unknownYears: years,
    look() {
      const unknown = years();
      const text = unknown.join(', ');
      if (text !== '' && text !== warnedOf) {
        counters.count('calendar.unknown-year');
        log.error(
          { code: 'calendar.unknown-year', years: unknown },
          'The calendar lacks a year: terms go by weekends and fixed holidays. Update the gateway or set calendar.overrides.',
        );
      }
      warnedOf = text;
    },
  };
}
