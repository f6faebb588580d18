// What a seed draws before anything runs: the hall and its rules, the visits of eight days, and what breaks when. Pure;
// one seed gives one plan, and leaving out a fault changes nothing else, so that a failing plan can be made smaller.
import { seededRandom } from '../people/random.ts';
import { addDangers } from './dangers.ts';
import { drawFault, type PlannedFault } from './draw-fault.ts';
import { type Draws, makeDraws } from './draws.ts';

export const DAYS = 8;
export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
export const VISITS_LEAST = 62;
export const FAULTS_LEAST = 5;
/** Evaluators that are off or unplugged keep people from pressing: a run goes on until so many have. */
export const PRESSES_LEAST = 50;
const SPARE_VISITS = 30;
/** Of a day: time in which nothing happens finds nothing, and every visit fits in. */
const OPEN_MINUTES = { least: 7, most: 11 };

export interface PlannedVisit {
  /** Since the beginning of the run. */
  atMs: number;
  /** Index of the window. */
  window: number;
  /** More than one is a batch. */
  cases: number;
  /** Services of each case; the last one is evaluated. */
  services: number;
  completes: 'before' | 'after' | 'never';
  /** Later on the same day: by an appeal, or by the applicant. */
  laterMs: number;
  isExcluded: boolean;
  isWithdrawn: boolean;
  /** Invited once more for the same case after this one, as people ask for. */
  isInvitedTwice: boolean;
  /** The clerk takes the invitation back before the applicant is done. */
  isCancelled: boolean;
  /** Not invited at all: the applicant presses under who has signed in. */
  isWithoutCard: boolean;
  /** Seed of what the applicant does. */
  applicant: number;
  /** From the case's opening to the invitation. */
  serviceMs: number;
  /** Another staff member has the case afterwards. */
  isTransferred: boolean;
}

export interface Plan {
  seed: number;
  days: number;
  /** True time at the start of the first day, 00:00 in Asia/Shanghai. */
  beginsMs: number;
  windows: number;
  healthSeconds: number;
  /** The gateway's machine runs around midnight too, when terms end. */
  nights: boolean;
  /** And the evaluators with it. */
  evaluatorsAtNight: boolean;
  /** The gateway's machine is never switched off, as a server is not; evaluators are. */
  gatewayStaysOn: boolean;
  opensMs: number;
  closesMs: number;
  commitDelayMs: readonly [least: number, most: number];
  driftRates: number[];
  cableDelayMs: readonly [least: number, most: number];
  unlinkedPresses: boolean;
  /** Operators' programs write beside the gateway, not through it. */
  operatorsApart: boolean;
  /** How the province takes corrections: by an update, or not at all. */
  profile: 'national' | 'keyed-sm3';
  /** An evaluator that was in use before the run and has not delivered all it holds (`in-use.ts`). */
  inUse: JournalInUse | undefined;
  rules: { termDays: number; termKind: 'working' | 'natural'; termStart: 'next-day' | 'same-day' };
  /** Completed before the run, so many cases of each window, and evaluated by nobody. */
  earlier: { casesOfEachWindow: number; completedMs: number } | undefined;
  visits: PlannedVisit[];
  /** Come after all others, whichever window is free, while fewer than `PRESSES_LEAST` presses were thanked for. */
  spareVisits: PlannedVisit[];
  /** Staff are away and their windows paused, in each day; undefined where nobody pauses. */
  pause: { fromMs: number; untilMs: number } | undefined;
  faults: PlannedFault[];
}

export interface JournalInUse {
  window: number;
  records: number;
  acked: number;
  /** Pages of its chip that are worn out. */
  retiredPages: number;
  /** A record of which bits have gone. */
  rottenRecord: number | undefined;
  /** What keeps it from delivering for so many days. */
  behind: 'a pulled cable' | 'a broker that loses all';
  forDays: number;
}

/** First days that have something in their eight: an ordinary week, holidays, made-up weekends, a year's end. */
const FIRST_DAYS = ['2026-03-02', '2026-02-09', '2026-04-27', '2026-05-04', '2026-09-17', '2026-12-25'];

export interface PlanOptions {
  seed: number;
  /** Numbers of faults that are left out, for a smaller run that still fails. */
  without?: readonly number[];
  days?: number;
}

export function makePlan({ seed, without = [], days = DAYS }: PlanOptions): Plan {
  const random = seededRandom(seed, 'plan');
  const draws = makeDraws(random);
  const { between, chance, pick } = draws;

  const firstDay = pick(FIRST_DAYS);
  const windows = chance(0.2) ? 4 : 3;
  const opensMs = 9 * HOUR_MS;
  const closesMs = opensMs + between(OPEN_MINUTES.least, OPEN_MINUTES.most) * MINUTE_MS;
  const plan: Plan = {
    seed,
    days,
    beginsMs: Date.parse(`${firstDay}T00:00:00+08:00`),
    windows,
    healthSeconds: pick([60, 300, 900]),
    nights: chance(0.25),
    evaluatorsAtNight: chance(0.5),
    gatewayStaysOn: false,
    opensMs,
    closesMs,
    commitDelayMs: pick([
      [0, 0],
      [1, 8],
      [5, 60],
      [1, 900],
    ] as const),
    driftRates: Array.from({ length: windows }, () => (random() - 0.5) * 0.0004),
    cableDelayMs: pick([
      [1, 3],
      [1, 40],
      [20, 600],
    ] as const),
    unlinkedPresses: chance(0.25),
    operatorsApart: chance(0.15),
    profile: 'national',
    inUse: undefined,
    rules: {
      termDays: pick([1, 2, 3, 5, 5]),
      termKind: pick(['working', 'working', 'natural'] as const),
      termStart: pick(['next-day', 'next-day', 'same-day'] as const),
    },
    earlier: undefined,
    visits: [],
    spareVisits: [],
    pause: undefined,
    faults: [],
  };
  const visits = between(VISITS_LEAST, VISITS_LEAST + 20);
  for (let index = 0; index < visits; index += 1) {
    const dayMs = (index % DAYS) * DAY_MS;
    plan.visits.push(drawVisit(draws, plan, dayMs));
  }
  plan.visits.sort((a, b) => a.atMs - b.atMs);
  const count = between(FAULTS_LEAST, FAULTS_LEAST + 4);
  for (let index = 0; index < count; index += 1)
    plan.faults.push(
      drawFault(seededRandom(seed, `fault ${index}`), { index, windows, opensMs, closesMs, days: DAYS }),
    );
  addDangers(plan, DAYS);
  if (days === DAYS) {
    const spare = makeDraws(seededRandom(seed, 'spare visits'));
    plan.spareVisits = Array.from({ length: SPARE_VISITS }, () =>
      drawVisit(spare, plan, (DAYS - 1) * DAY_MS),
    );
  }
  const endMs = days * DAY_MS;
  plan.visits = plan.visits.filter(({ atMs }) => atMs < endMs);
  plan.faults = plan.faults.filter(({ index, atMs }) => !without.includes(index) && atMs < endMs);
  return plan;
}

function drawVisit(draws: Draws, { opensMs, closesMs, windows }: Plan, dayMs: number): PlannedVisit {
  const { below, between, chance, pick } = draws;
  return {
    atMs: dayMs + opensMs + below(closesMs - opensMs - 2 * MINUTE_MS),
    window: below(windows),
    cases: chance(0.25) ? between(2, 3) : 1,
    services: chance(0.15) ? 2 : 1,
    completes: pick(['before', 'before', 'after', 'never'] as const),
    laterMs: between(1, 12) * MINUTE_MS,
    isExcluded: chance(0.08),
    isWithdrawn: chance(0.06),
    isInvitedTwice: chance(0.08),
    isCancelled: chance(0.05),
    isWithoutCard: false,
    applicant: below(0xffffffff),
    serviceMs: 0,
    isTransferred: false,
  };
}
