// The kinds of faults a run may meet, and how one is drawn. What each does to the world is in `break-things.ts`.
import type { Random } from '../people/random.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

export const FAULT_KINDS = [
  /** An evaluator's power is cut inside a flash operation, which is torn. */
  'evaluator-torn',
  'evaluator-off',
  'cable-pulled',
  'bad-weather',
  /** The gateway's process ends before or after a commit, or between two events. */
  'gateway-killed',
  /** Its machine loses power: nobody is told. */
  'machine-off',
  /** Its database is put back to a copy made that morning, or the day before. */
  'older-copy',
  'disk-full',
  /** One sync fails, and the disk forgets what it was asked to keep. */
  'sync-fails',
  'clock-jump',
  'clock-drift',
  'province-away',
  'province-slow',
  'province-silent',
  'province-broken',
  'province-doubles',
] as const;
/** Met by some halls beside the others. */
export const RARE_KINDS = [
  /** Someone between says PUBACK at once and loses records, or forges the `ack` that would free them. */
  'faithless-middle',
  /** Its raw flash is erased and provisioned anew under the same identity, against the rules. */
  'flash-erased',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof RARE_KINDS)[number];

export interface PlannedFault {
  index: number;
  kind: FaultKind;
  /** Since the beginning of the run; with `when`, it strikes at the first such moment after it. */
  atMs: number;
  /** A moment in what an evaluator does, the best one for trouble; undefined is the time alone. */
  when: 'chosen' | 'thanked' | undefined;
  forMs: number;
  /** Index of a window. */
  window: number;
  /** Any number, for what a kind needs. */
  amount: number;
}

export interface DrawOptions {
  index: number;
  windows: number;
  opensMs: number;
  closesMs: number;
  days: number;
  kinds?: readonly FaultKind[] | undefined;
}

const LASTS: Record<FaultKind, readonly [leastMs: number, mostMs: number]> = {
  'evaluator-torn': [2 * SECOND_MS, 20 * MINUTE_MS],
  'evaluator-off': [2 * SECOND_MS, 20 * MINUTE_MS],
  'cable-pulled': [3 * SECOND_MS, 2 * DAY_MS],
  'bad-weather': [MINUTE_MS, 3 * HOUR_MS],
  'faithless-middle': [MINUTE_MS, DAY_MS],
  'flash-erased': [2 * SECOND_MS, 20 * MINUTE_MS],
  'gateway-killed': [SECOND_MS, 10 * MINUTE_MS],
  'machine-off': [5 * SECOND_MS, 30 * MINUTE_MS],
  'older-copy': [5 * SECOND_MS, 10 * MINUTE_MS],
  'disk-full': [SECOND_MS, 10 * MINUTE_MS],
  'sync-fails': [SECOND_MS, 10 * MINUTE_MS],
  'clock-jump': [SECOND_MS, DAY_MS],
  'clock-drift': [HOUR_MS, DAY_MS],
  'province-away': [MINUTE_MS, 2 * DAY_MS],
  'province-slow': [MINUTE_MS, DAY_MS],
  'province-silent': [MINUTE_MS, DAY_MS],
  'province-broken': [MINUTE_MS, DAY_MS],
  'province-doubles': [MINUTE_MS, 2 * DAY_MS],
};

/** At the scale of its length, so that short ones are as frequent as long ones. */
function lasting(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round(least * (most / least) ** random());
}

export function drawFault(random: Random, options: DrawOptions): PlannedFault {
  const { index, windows, opensMs, closesMs, days, kinds = FAULT_KINDS } = options;
  const below = (limit: number) => Math.floor(random() * limit);
  const kind = kinds[below(kinds.length)]!;
  const atNight = random() < 0.1;
  const dayMs = below(days) * DAY_MS;
  return {
    index,
    kind,
    atMs: dayMs + (atNight ? below(DAY_MS) : opensMs + below(closesMs - opensMs)),
    when: (['chosen', 'thanked', undefined, undefined] as const)[below(4)],
    forMs: lasting(random, LASTS[kind]),
    window: below(windows),
    amount: random(),
  };
}
