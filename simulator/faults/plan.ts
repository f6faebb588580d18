// What a seed draws before anything runs: the hall and its rules, the visits of eight days, and what breaks when. Pure;
// one seed gives one plan, and leaving out a fault changes nothing else, so that a failing plan can be made smaller.
import { seededRandom } from '../people/random.ts';
import { drawFault, type FaultKind, type PlannedFault, RARE_KINDS } from './draw-fault.ts';

export const DAYS = 8;
export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
export const VISITS_LEAST = 62;
export const FAULTS_LEAST = 5;
/** Of a day: time in which nothing happens finds nothing, and every visit fits in. */
const OPEN_MINUTES = { least: 7, most: 11 };
/** In one page of the simulated chip. */
const WORN_PAGE_RECORDS = 18;

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
  opensMs: number;
  closesMs: number;
  commitDelayMs: readonly [least: number, most: number];
  driftRates: number[];
  cableDelayMs: readonly [least: number, most: number];
  unlinkedPresses: boolean;
  /** How the province takes corrections: by an update, or not at all. */
  profile: 'national' | 'keyed-sm3';
  /** An evaluator with a worn chip, cut off since before the run: few pages left, and records in them. */
  worn: { window: number; records: number; acked: number; cutOffDays: number } | undefined;
  rules: { termDays: number; termKind: 'working' | 'natural'; termStart: 'next-day' | 'same-day' };
  visits: PlannedVisit[];
  /** Staff are away and their windows paused, in each day; undefined where nobody pauses. */
  pause: { fromMs: number; untilMs: number } | undefined;
  faults: PlannedFault[];
}

/** First days that have something in their eight: an ordinary week, holidays, made-up weekends, a year's end. */
const FIRST_DAYS = ['2026-03-02', '2026-02-09', '2026-04-27', '2026-05-04', '2026-09-17', '2026-12-25'];

export interface PlanOptions {
  seed: number;
  /** Numbers of faults that are left out, for a smaller run that still fails. */
  without?: readonly number[];
  days?: number;
  /** Only these kinds, when given. */
  kinds?: readonly FaultKind[] | undefined;
}

export function makePlan({ seed, without = [], days = DAYS, kinds }: PlanOptions): Plan {
  const random = seededRandom(seed, 'plan');
  const below = (limit: number) => Math.floor(random() * limit);
  const between = (least: number, most: number) => least + below(most - least + 1);
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;

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
    profile: 'national',
    worn: undefined,
    rules: {
      termDays: pick([1, 2, 3, 5, 5]),
      termKind: pick(['working', 'working', 'natural'] as const),
      termStart: pick(['next-day', 'next-day', 'same-day'] as const),
    },
    visits: [],
    pause: undefined,
    faults: [],
  };
  const visits = between(VISITS_LEAST, VISITS_LEAST + 20);
  for (let index = 0; index < visits; index += 1) {
    const day = index % DAYS;
    plan.visits.push({
      atMs: day * DAY_MS + opensMs + below(closesMs - opensMs - 2 * MINUTE_MS),
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
    });
  }
  plan.visits.sort((a, b) => a.atMs - b.atMs);
  const count = between(FAULTS_LEAST, FAULTS_LEAST + 7);
  for (let index = 0; index < count; index += 1)
    plan.faults.push(
      drawFault(seededRandom(seed, `fault ${index}`), {
        index,
        windows,
        opensMs,
        closesMs,
        days: DAYS,
        kinds,
      }),
    );
  if (seededRandom(seed, 'rare')() < RARE_SHARE && !kinds) addWhatIsRare(plan);
  const endMs = days * DAY_MS;
  plan.visits = plan.visits.filter(({ atMs }) => atMs < endMs);
  plan.faults = plan.faults.filter(({ index, atMs }) => !without.includes(index) && atMs < endMs);
  return plan;
}

/** Of halls. Drawn from numbers of its own, so that it changes nothing else of a seed. */
const RARE_SHARE = 0.4;

/** Another province, a worn chip, presses without a card, somebody faithless. */
function addWhatIsRare(plan: Plan): void {
  const { seed, windows, opensMs, closesMs } = plan;
  const random = seededRandom(seed, 'what is rare');
  const below = (limit: number) => Math.floor(random() * limit);
  const between = (least: number, most: number) => least + below(most - least + 1);
  if (random() < 0.5) plan.profile = 'keyed-sm3';
  if (random() < 0.4)
    plan.worn = {
      window: below(windows),
      records: between(WORN_PAGE_RECORDS + 8, 2 * WORN_PAGE_RECORDS - 1),
      // Inside a page, or one before its end.
      acked: random() < 0.5 ? WORN_PAGE_RECORDS - 1 : between(1, WORN_PAGE_RECORDS + 7),
      cutOffDays: between(2, DAYS - 1),
    };
  if (random() < 0.5) plan.unlinkedPresses = true;
  if (plan.unlinkedPresses) for (const visit of plan.visits) visit.isWithoutCard = random() < 0.4;
  for (let more = below(3); more > 0; more -= 1) {
    const index = plan.faults.length;
    const drawn = seededRandom(seed, `rare fault ${index}`);
    plan.faults.push(drawFault(drawn, { index, windows, opensMs, closesMs, days: DAYS, kinds: RARE_KINDS }));
  }
}
