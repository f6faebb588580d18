// A day of a hall from midnight to midnight, drawn from a seed: arrivals that crowd in the morning, queues that follow
// from services of realistic length, batches, staff who pause at noon, applicants who come twice or take their case
// back. Pure.
import { DAY_MS, type Plan, type PlannedVisit } from '../faults/plan.ts';
import { termEndMs } from '../model/working-days.ts';
import { type Random, seededRandom } from '../people/random.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const OPENS_MS = 9 * HOUR_MS;
const CLOSES_MS = 17 * HOUR_MS;
const PAUSE = { fromMs: 12 * HOUR_MS, untilMs: 13 * HOUR_MS };
/** Nobody new is served so shortly before the end. */
const LAST_MS = 15 * MINUTE_MS;
/** Between two applicants of a window: about fifty a day, more of them in the morning. */
const BETWEEN_MS = { morning: 7 * MINUTE_MS, afternoon: 10 * MINUTE_MS };
const SERVICE_MS = [2 * MINUTE_MS, 12 * MINUTE_MS] as const;
const HEALTH_SECONDS = 60;
/** Cases of each window that were completed earlier and that nobody will evaluate: their terms end at midnight. */
const EARLIER_CASES = 2;
const EARLIER_DAYS_LIMIT = 40;

export interface DayOptions {
  seed: number;
  windows: number;
  /** Such as 2026-02-13. */
  day: string;
}

export function planDay({ seed, windows, day }: DayOptions): Plan {
  const visits = Array.from({ length: windows }, (_, window) =>
    visitsOf(window, seededRandom(seed, `window ${window}`)),
  ).flat();
  const random = seededRandom(seed, 'hall');
  const beginsMs = Date.parse(`${day}T00:00:00+08:00`);
  const rules: Plan['rules'] = { termDays: 5, termKind: 'working', termStart: 'next-day' };
  return {
    seed,
    days: 1,
    beginsMs,
    windows,
    healthSeconds: HEALTH_SECONDS,
    nights: false,
    evaluatorsAtNight: false,
    gatewayStaysOn: true,
    opensMs: OPENS_MS,
    closesMs: CLOSES_MS,
    commitDelayMs: [1, 8],
    driftRates: Array.from({ length: windows }, () => (random() - 0.5) * 0.0001),
    cableDelayMs: [1, 20],
    unlinkedPresses: false,
    operatorsApart: false,
    rules,
    earlier: { casesOfEachWindow: EARLIER_CASES, completedMs: completionBefore({ beginsMs, rules }) },
    visits: visits.sort((a, b) => a.atMs - b.atMs),
    spareVisits: [],
    pause: PAUSE,
    profile: 'national',
    inUse: undefined,
    faults: [],
  };
}

/** In the afternoon of the last day whose term ends with the day that is played. */
function completionBefore({ beginsMs, rules }: Pick<Plan, 'beginsMs' | 'rules'>): number {
  const afternoonMs = 15 * HOUR_MS;
  for (let days = 1; days <= EARLIER_DAYS_LIMIT; days += 1) {
    const completedMs = beginsMs - days * DAY_MS + afternoonMs;
    if (termEndMs(completedMs, { ...rules, calendarOverrides: [] }) === beginsMs + DAY_MS) return completedMs;
  }
  // No term ends with a day off: they end with the next day that is worked, after the run.
  return beginsMs - DAY_MS + afternoonMs;
}

function visitsOf(window: number, random: Random): PlannedVisit[] {
  const visits: PlannedVisit[] = [];
  const chance = (share: number) => random() < share;
  let atMs = OPENS_MS - MINUTE_MS;
  for (;;) {
    const meanMs = atMs < PAUSE.fromMs ? BETWEEN_MS.morning : BETWEEN_MS.afternoon;
    // Arrivals by themselves: the time between two of them is exponential.
    atMs += Math.round(-meanMs * Math.log(1 - random()));
    if (atMs >= PAUSE.fromMs - LAST_MS && atMs < PAUSE.untilMs) atMs = PAUSE.untilMs;
    if (atMs >= CLOSES_MS - LAST_MS) return visits;
    const isBatch = chance(0.2);
    const [least, most] = SERVICE_MS;
    visits.push({
      atMs: Math.min(atMs, DAY_MS),
      window,
      cases: isBatch ? 2 + Math.floor(random() * 3) : 1,
      services: chance(0.15) ? 2 : 1,
      completes: chance(0.7) ? 'before' : chance(0.5) ? 'after' : 'never',
      laterMs: Math.round((5 + random() * 40) * MINUTE_MS),
      isExcluded: chance(0.003),
      isWithdrawn: chance(0.01),
      isInvitedTwice: chance(0.02),
      isCancelled: chance(0.01),
      applicant: Math.floor(random() * 0xffffffff),
      serviceMs: Math.round(least * (most / least) ** random()),
      isTransferred: chance(0.03),
      isWithoutCard: false,
    });
  }
}
