// What seeds have found, each as the shortest run that showed it: a hall of so many days with exactly these faults, so
// that it stays what it was when plans are drawn otherwise. Whoever mends what a seed finds adds a line here.
import type { FaultKind, PlannedFault } from './draw-fault.ts';
import { DAY_MS, makePlan, type Plan } from './plan.ts';

const MINUTE_MS = 60_000;
const OPENS_MS = 9 * 60 * MINUTE_MS;

export interface Scenario {
  /** A sentence on what must hold. */
  name: string;
  /** What broke, and why. */
  why: string;
  /** The seed of the hall. */
  seed: number;
  days: number;
  faults: readonly PlannedFault[];
  hall?: Partial<Pick<Plan, 'healthSeconds' | 'nights' | 'evaluatorsAtNight'>>;
}

interface Struck {
  kind: FaultKind;
  day: number;
  /** Since the hall opened. */
  minute: number;
  forMinutes: number;
  window?: number;
  amount?: number;
}

const faults = (...struck: Struck[]): PlannedFault[] =>
  struck.map(({ kind, day, minute, forMinutes, window = 0, amount = 0.5 }, index) => ({
    index,
    kind,
    atMs: day * DAY_MS + OPENS_MS + minute * MINUTE_MS,
    when: undefined,
    forMs: forMinutes * MINUTE_MS,
    window,
    amount,
  }));

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'heartbeats that come while a full disk is made up for end no process',
    why: 'A heartbeat asked a reader that was closed for the recovery; what it threw was caught nowhere on its way from the socket, and ended the gateway. It is left to the next heartbeat now, and the broker ends no more than a connection for anything a message leads to.',
    seed: 4,
    days: 1,
    hall: { healthSeconds: 60 },
    faults: faults({ kind: 'disk-full', day: 0, minute: 2, forMinutes: 5, amount: 0 }),
  },
  {
    name: 'an evaluator whose flash was erased and written under its old identity is told of and put into service anew',
    why: 'Its boot numbers begin anew, so that it was refused for good (connect.replayed), and nobody was told. The alarm evaluator.replayed tells it; the technician of the hall acts on nothing else.',
    seed: 24,
    days: 3,
    faults: faults(
      { kind: 'evaluator-off', day: 0, minute: 2, forMinutes: 0.5, window: 1 },
      { kind: 'evaluator-off', day: 0, minute: 4, forMinutes: 0.5, window: 1 },
      { kind: 'flash-erased', day: 1, minute: 2, forMinutes: 1, window: 1 },
    ),
  },
  {
    name: 'a default that a lost database had sent is not taken for the press that came after it',
    why: 'An evaluator was cut off until after the term: the default went upstream, its press replaced it, and an older copy of the database forgot both. Sent again, the press was answered "already there", which counted as delivered though the default is there. Where something else may be there a person is asked.',
    seed: 855,
    days: 8,
    faults: faults(
      { kind: 'cable-pulled', day: 3, minute: 1.3, forMinutes: 5760, window: 2 },
      { kind: 'older-copy', day: 7, minute: 8.88, forMinutes: 7, window: 2 },
    ),
  },
  {
    name: 'a default stays at the province whose completion was lost with an older copy',
    why: 'The checkers took it for one that the hall never made: what a lost database could have sent of completions was not allowed for.',
    seed: 283,
    days: 8,
    faults: faults({ kind: 'older-copy', day: 5, minute: 2.45, forMinutes: 0.7, window: 2 }),
  },
  {
    name: 'of two presses at one evaluator the one made first counts, though the clock was set back between them',
    why: "Applicants were invited twice; with the gateway's clock, and so the evaluators', four hours back in between, the second press was dated before the first, and counted. One evaluator's presses are in the order of their sequence now. Found by seed 1222; this is the shortest hall with a batch in it.",
    seed: 162,
    days: 1,
    faults: faults({ kind: 'clock-jump', day: 0, minute: 3.732, forMinutes: 20, amount: 0.1 }),
  },
  {
    name: 'the province has what counted once an evaluation was excluded, where the exclusion was lost with an older copy',
    why: 'The checkers took it for a difference that nobody explains: an exclusion is told by nobody but the operator, so that what a lost database sent because of one was not allowed for.',
    seed: 2425,
    days: 2,
    faults: faults({ kind: 'older-copy', day: 1, minute: 0.853, forMinutes: 1.56, window: 2 }),
  },
  {
    name: 'the default that a lost database had sent of a case is listed once the case is withdrawn',
    why: 'The copy was older than the end of the term; the case was withdrawn before the sweep came to it again, so that nothing counted, nothing was sent, and nobody was told that the province had the default.',
    seed: 3634,
    days: 4,
    faults: faults({ kind: 'older-copy', day: 3, minute: 2, forMinutes: 0.4 }),
  },
  {
    name: 'such a default stays at the province where no evaluator could tell that the database is an older copy',
    why: 'The checkers took it for a difference that nobody explains: no press had been acknowledged since the copy was made.',
    seed: 3634,
    days: 4,
    faults: faults({ kind: 'older-copy', day: 3, minute: 0.45484, forMinutes: 1.6585 }),
  },
];

export function scenarioPlan({ seed, days, faults: struck, hall }: Scenario): Plan {
  return { ...makePlan({ seed, days }), ...hall, inUse: undefined, faults: [...struck] };
}
