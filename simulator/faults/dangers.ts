// What is put together on purpose: each danger needs several things at one time that are rarely drawn by themselves,
// such as a press just before its evaluator is cut off until after the term. A hall meets a few of them. Each is one
// that a planted fault (`../teeth/`) survives without.
import { LINUX } from '../espruino/geometry.ts';
import { seededRandom } from '../people/random.ts';
import type { PlannedFault } from './draw-fault.ts';
import { type Draws, makeDraws } from './draws.ts';
import type { Plan, PlannedVisit } from './plan.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** In one page of the simulated chip. */
const PAGE_RECORDS = 18;
/** Of a chip with three left: the one written, the one kept erased, and one more. */
const WORN_PAGES = LINUX.journal.bytes / LINUX.pageBytes - 3;
const DANGERS_OF_A_HALL = { least: 2, most: 3 };

type Struck = Pick<PlannedFault, 'kind'> & Partial<PlannedFault> & { day: number };

interface DangerOptions {
  plan: Plan;
  draw: Draws;
  /** Of the run. */
  days: number;
  /** At a moment of that day at which the hall is open. */
  strike(fault: Struck): void;
}

type Danger = (options: DangerOptions) => void;

const DANGERS: Readonly<Record<string, Danger>> = {
  'a press whose evaluator is cut off until its term is over'({ plan, draw, days, strike }) {
    const window = draw.below(plan.windows);
    const day = draw.below(days - 4);
    endTermsSoon(plan, draw);
    completeVisits(plan, (visit) => visit.window === window && dayOf(visit) === day);
    const atMs = day * DAY_MS + plan.opensMs;
    strike({ kind: 'cable-pulled', day, atMs, window, forMs: draw.between(3, 4) * DAY_MS, when: 'chosen' });
  },
  'a worn journal that cannot be emptied'({ plan, draw }) {
    plan.inUse = {
      window: draw.below(plan.windows),
      records: 2 * PAGE_RECORDS - draw.below(2),
      // All but one of the page that would have to be erased next.
      acked: PAGE_RECORDS - 1,
      retiredPages: WORN_PAGES,
      rottenRecord: undefined,
      behind: 'a broker that loses all',
      forDays: draw.between(2, 3),
    };
  },
  'a rotten record in an evaluator that was cut off'({ plan, draw, days }) {
    const records = draw.between(PAGE_RECORDS + 8, 2 * PAGE_RECORDS - 1);
    const acked = draw.between(1, PAGE_RECORDS + 4);
    plan.inUse = {
      window: draw.below(plan.windows),
      records,
      acked,
      retiredPages: draw.chance(0.5) ? WORN_PAGES : 0,
      // A rotten last one looks like a write that the power cut, which nobody was thanked for.
      rottenRecord: draw.chance(0.8) ? draw.between(acked + 1, records - 1) : undefined,
      behind: 'a pulled cable',
      forDays: draw.between(1, days - 1),
    };
  },
  'power cuts while presses are written'({ plan, draw, days, strike }) {
    for (let count = 3; count > 0; count -= 1)
      strike({
        kind: 'evaluator-torn',
        day: draw.below(days),
        window: draw.below(plan.windows),
        amount: draw.share() / 2,
        when: 'chosen',
      });
  },
  'power cuts while an evaluator starts or connects, or a page is erased'({ plan, draw, days, strike }) {
    const window = draw.below(plan.windows);
    strike({
      kind: 'evaluator-torn',
      day: draw.below(days),
      window,
      amount: draw.share() / 2,
      when: 'starting',
    });
    const forMs = draw.between(35, 90) * 1000;
    const other = draw.below(plan.windows);
    strike({ kind: 'cable-pulled', day: draw.below(days), window: other, forMs, when: 'connecting' });
    // Every page it opens is one it must erase.
    const records = 2 * PAGE_RECORDS - draw.below(3);
    const retiredPages = WORN_PAGES;
    plan.inUse = {
      ...{ window, records, acked: records, retiredPages, rottenRecord: undefined },
      ...{ behind: 'a pulled cable', forDays: 0 },
    };
    strike({ kind: 'evaluator-torn', day: 0, window, amount: 0, when: 'chosen' });
    strike({ kind: 'evaluator-torn', day: 1, window, amount: 0, when: 'chosen' });
  },
  'a gateway that ends before the commit of a record'({ plan, draw, days, strike }) {
    plan.commitDelayMs = draw.pick([
      [5, 60],
      [40, 900],
    ] as const);
    plan.cableDelayMs = [1, 3];
    for (const kind of ['gateway-killed', 'machine-off'] as const)
      strike({ kind, day: draw.below(days), window: draw.below(plan.windows), amount: 0, when: 'thanked' });
  },
  'a wrong date while terms run'({ plan, draw, days, strike }) {
    endTermsSoon(plan, draw);
    completeVisits(plan, () => true);
    leaveUnevaluated(plan, draw);
    strike({
      kind: 'clock-jump',
      day: draw.between(1, days - 1),
      // Half a day ahead, or up to three.
      amount: 0.8 + draw.share() / 5,
      forMs: draw.between(3, 8) * MINUTE_MS,
    });
  },
  'somebody faithless on the way'({ plan, draw, days, strike }) {
    for (let count = 2; count > 0; count -= 1)
      strike({
        kind: 'faithless-middle',
        day: draw.below(days),
        window: draw.below(plan.windows),
        forMs: draw.lasting([4 * MINUTE_MS, 4 * HOUR_MS]),
      });
  },
  'flash erased and written under its old identity'({ plan, draw, days, strike }) {
    strike({
      kind: 'flash-erased',
      day: draw.between(1, days - 2),
      window: draw.below(plan.windows),
      amount: draw.share(),
    });
  },
  'many appeals'({ plan, draw }) {
    endTermsSoon(plan, draw);
    for (const visit of plan.visits) visit.isExcluded ||= draw.chance(0.3);
    completeVisits(plan, () => draw.chance(0.7));
  },
  'presses without a card'({ plan, draw }) {
    plan.unlinkedPresses = true;
    for (const visit of plan.visits) visit.isWithoutCard = draw.chance(0.4);
  },
  'an older copy of the database'({ plan, draw, days, strike }) {
    strike({ kind: 'older-copy', day: draw.between(1, days - 1), when: draw.pick(['thanked', undefined]) });
    if (draw.chance(0.5))
      strike({ kind: 'cable-pulled', day: draw.between(1, days - 2), window: draw.below(plan.windows) });
  },
  'a province that takes corrections and answers seldom'({ plan, draw, days, strike }) {
    plan.profile = 'keyed-sm3';
    strike({ kind: 'province-silent', day: draw.below(days), forMs: draw.lasting([HOUR_MS, 2 * DAY_MS]) });
  },
};

export function addDangers(plan: Plan, days: number): void {
  const random = seededRandom(plan.seed, 'dangers');
  const draw = makeDraws(random);
  const strike = ({ day, ...fault }: Struck) => {
    plan.faults.push({
      index: plan.faults.length,
      atMs: day * DAY_MS + plan.opensMs + draw.below(plan.closesMs - plan.opensMs - 2 * MINUTE_MS),
      when: undefined,
      forMs: draw.lasting([5000, 10 * MINUTE_MS]),
      window: 0,
      amount: draw.share(),
      ...fault,
    });
  };
  const left = Object.values(DANGERS);
  for (let count = draw.between(DANGERS_OF_A_HALL.least, DANGERS_OF_A_HALL.most); count > 0; count -= 1) {
    const [danger] = left.splice(draw.below(left.length), 1);
    danger!({ plan, draw, days, strike });
  }
}

const dayOf = ({ atMs }: PlannedVisit) => Math.floor(atMs / DAY_MS);

function endTermsSoon(plan: Plan, draw: Draws): void {
  plan.rules.termDays = draw.between(1, 2);
}

/** Some services whose terms end without an evaluation, unless a press without a card finds them. */
function leaveUnevaluated(plan: Plan, draw: Draws): void {
  for (const visit of plan.visits) visit.isWithoutCard ||= draw.chance(0.3);
}

function completeVisits(plan: Plan, which: (visit: PlannedVisit) => boolean): void {
  for (const visit of plan.visits)
    if (visit.completes === 'never' && which(visit)) visit.completes = 'before';
}
