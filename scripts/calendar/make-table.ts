// Writes gateway/core/calendar-table.ts from `chinese-days`: the days on which the State Council's arrangement
// departs from the week. Run as `TZ=Asia/Shanghai npx tsx scripts/calendar/make-table.ts`; the package reads the
// zone of the process, and calls a year that it does not know plain weekdays, so such a year is left out.
import { writeFileSync } from 'node:fs';
import chineseDays from 'chinese-days';

const { getDayDetail, getHolidaysInRange } = chineseDays;
const FIRST_YEAR = 2020;
const LAST_YEAR = new Date().getFullYear() + 1;
const FILE = new URL('../../gateway/core/calendar-table.ts', import.meta.url);

if (process.env.TZ !== 'Asia/Shanghai') throw new Error('Run it with TZ=Asia/Shanghai.');

function daysOf(year: number): string[] {
  const days: string[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

function rowOf(year: number): string[] {
  if (getHolidaysInRange(`${year}-01-01`, `${year}-12-31`, false).length === 0) return [];
  const departing = daysOf(year).filter((date) => {
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    return getDayDetail(date).work === (weekday === 0 || weekday === 6);
  });
  const listed = (work: boolean) =>
    departing
      .filter((date) => getDayDetail(date).work === work)
      .map((date) => date.slice(5))
      .join(' ');
  return [`  ${year}: {`, `    off: '${listed(false)}',`, `    worked: '${listed(true)}',`, '  },'];
}

const years = Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => FIRST_YEAR + index);
writeFileSync(
  FILE,
  `// Made by scripts/calendar/make-table.ts; do not edit. Per year the weekdays that are holidays (off) and the
// weekend days that are made up (worked), as MM-DD. A year that is missing has no arrangement yet.

export const CALENDAR_TABLE: Readonly<Record<number, { off: string; worked: string }>> = {
${years.flatMap(rowOf).join('\n')}
};
`,
);
