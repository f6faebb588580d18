// The kinds of faults a run may meet, and how one is drawn. What each does to the world is in `break-things.ts`; what
// is put together on purpose, because it is rarely drawn by itself, in `dangers.ts`.
import type { Random } from '../people/random.ts';
import { makeDraws } from './draws.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

type Moment = PlannedFault['when'];
interface Kind {
  /** Share of the faults that a plan draws, beside the others; 0 for what only a danger brings. */
  weight: number;
  lastsMs: readonly [least: number, most: number];
  /** One of them is drawn. */
  when: readonly Moment[];
}

const ANY: readonly Moment[] = ['chosen', 'thanked', undefined, undefined];
const WITH_A_PRESS: readonly Moment[] = ['chosen', 'chosen', 'chosen', 'thanked', undefined];
const WITH_A_RECORD: readonly Moment[] = ['thanked', 'thanked', undefined];

const KINDS = {
  /** An evaluator's power is cut inside a flash operation, which is torn. */
  'evaluator-torn': { weight: 3, lastsMs: [2 * SECOND_MS, 20 * MINUTE_MS], when: WITH_A_PRESS },
  'evaluator-off': { weight: 1, lastsMs: [2 * SECOND_MS, 20 * MINUTE_MS], when: ANY },
  'cable-pulled': { weight: 2, lastsMs: [3 * SECOND_MS, 2 * DAY_MS], when: WITH_A_PRESS },
  'bad-weather': { weight: 1, lastsMs: [MINUTE_MS, 3 * HOUR_MS], when: ANY },
  /** The gateway's process ends before or after a commit, in the middle of one, or between two events. */
  'gateway-killed': { weight: 2, lastsMs: [SECOND_MS, 10 * MINUTE_MS], when: WITH_A_RECORD },
  /** Its machine loses power: nobody is told. */
  'machine-off': { weight: 2, lastsMs: [5 * SECOND_MS, 30 * MINUTE_MS], when: WITH_A_RECORD },
  /** Its database is put back to a copy made that morning, or the day before. */
  'older-copy': { weight: 1, lastsMs: [5 * SECOND_MS, 10 * MINUTE_MS], when: ANY },
  'disk-full': { weight: 1, lastsMs: [SECOND_MS, 10 * MINUTE_MS], when: ANY },
  /** One sync fails, and the disk forgets what it was asked to keep. */
  'sync-fails': { weight: 1, lastsMs: [SECOND_MS, 10 * MINUTE_MS], when: ANY },
  'clock-jump': { weight: 1, lastsMs: [SECOND_MS, DAY_MS], when: ANY },
  'clock-drift': { weight: 1, lastsMs: [HOUR_MS, DAY_MS], when: ANY },
  'province-away': { weight: 1, lastsMs: [MINUTE_MS, 2 * DAY_MS], when: ANY },
  'province-slow': { weight: 1, lastsMs: [MINUTE_MS, DAY_MS], when: ANY },
  'province-silent': { weight: 1, lastsMs: [MINUTE_MS, DAY_MS], when: ANY },
  'province-broken': { weight: 1, lastsMs: [MINUTE_MS, DAY_MS], when: ANY },
  'province-doubles': { weight: 1, lastsMs: [MINUTE_MS, 2 * DAY_MS], when: ANY },
  /** While an evaluator has no power, bits of its erased flash go. */
  'flash-rots': { weight: 1, lastsMs: [2 * SECOND_MS, 5 * MINUTE_MS], when: ANY },
  /** Someone between loses records that seem delivered, or forges, repeats or garbles what is said. */
  'faithless-middle': { weight: 1, lastsMs: [2 * MINUTE_MS, DAY_MS], when: [undefined] },
  /** Its raw flash is erased and provisioned anew under the same identity, against the rules. */
  'flash-erased': { weight: 0, lastsMs: [2 * SECOND_MS, 20 * MINUTE_MS], when: ANY },
} as const satisfies Record<string, Kind>;
export type FaultKind = keyof typeof KINDS;

export interface PlannedFault {
  index: number;
  kind: FaultKind;
  /** Since the beginning of the run; with `when`, it strikes at the first such moment after it. */
  atMs: number;
  /** A moment in what an evaluator does, the best one for trouble; undefined is the time alone. */
  when: 'chosen' | 'thanked' | 'connecting' | 'starting' | undefined;
  forMs: number;
  /** Index of a window. */
  window: number;
  /** At least 0, less than 1; for what a kind needs. */
  amount: number;
}

export interface DrawOptions {
  index: number;
  windows: number;
  opensMs: number;
  closesMs: number;
  days: number;
}

/** Each as often as it weighs. */
const DECK = (Object.keys(KINDS) as FaultKind[]).flatMap((kind) =>
  Array.from({ length: KINDS[kind].weight }, () => kind),
);

export function drawFault(random: Random, options: DrawOptions): PlannedFault {
  const { index, windows, opensMs, closesMs, days } = options;
  const { below, pick, chance, lasting, share } = makeDraws(random);
  const kind = pick(DECK);
  const { when, lastsMs } = KINDS[kind];
  const dayMs = below(days) * DAY_MS;
  return {
    index,
    kind,
    atMs: dayMs + (chance(0.1) ? below(DAY_MS) : opensMs + below(closesMs - opensMs)),
    when: pick<Moment>(when),
    forMs: lasting(lastsMs),
    window: below(windows),
    amount: share(),
  };
}
