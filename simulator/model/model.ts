// The rules once more: from what people and window systems did to what must count for each service. Written from the
// regulation and its rules alone, without sight of the code it is compared with, and made to be read, not to be fast.
// Where the time of a press is only known to lie within bounds, every outcome that the bounds allow is named.
import { type TermRules, termEndMs } from './working-days.ts';

export interface ModelService {
  projectNo: string;
  assessNumber: number;
  window: string;
  badgeId: string;
  servedMs: number;
}

export interface ModelInvitation {
  invitation: string;
  /** In the order in which they were made. More than one service is a batch. */
  services: { projectNo: string; assessNumber: number }[];
  /** Cancelled, or replaced by the next at its window. */
  gone: boolean;
}

export interface ModelPress {
  device: string;
  seq: number;
  /** Undefined for one without a card. */
  invitation: string | undefined;
  window: string;
  /** Who the screen showed; for a press without a card. */
  badgeId: string | undefined;
  /** When it was made, as far as a careful judge could say from what the evaluator signed. */
  earliestMs: number;
  latestMs: number;
  /** After an appeal. */
  excluded: boolean;
}

export interface ModelInput {
  services: readonly ModelService[];
  completions: readonly { projectNo: string; completedMs: number; assessNumber: number }[];
  /** When, by `projectNo`. */
  withdrawn: ReadonlyMap<string, number>;
  invitations: readonly ModelInvitation[];
  presses: readonly ModelPress[];
  rules: TermRules;
  /** Whether presses without a card are matched at all; all journals have been emptied. */
  matchesUnlinked: boolean;
  /** The hall's clock at the end may be anywhere between. */
  nowMs: { earliest: number; latest: number };
}

/** `press` names it as `device/seq`. */
export type Outcome = 'default' | 'none' | `${string}/${number}`;
export type PressState = 'effective' | 'duplicate' | 'late' | 'excluded' | 'unmatched';

export interface ModelResult {
  /** By `projectNo/assessNumber`: what may count; one outcome where all times are known. */
  outcomes: Map<string, Set<Outcome>>;
  /** By `device/seq`: what it may be called. */
  states: Map<string, Set<PressState>>;
}

const MINUTE_MS = 60_000;
const NEVER_MS = Number.POSITIVE_INFINITY;
/** A press without a card may be made so long after the service began, or before. */
const MATCH = { afterServiceMs: 10 * MINUTE_MS, beforeServiceMs: 2 * MINUTE_MS };

export const nameOfService = (service: { projectNo: string; assessNumber: number }) =>
  `${service.projectNo}/${service.assessNumber}`;
export const nameOfPress = (press: { device: string; seq: number }): `${string}/${number}` =>
  `${press.device}/${press.seq}`;

export function decide(input: ModelInput): ModelResult {
  const outcomes = new Map<string, Set<Outcome>>();
  const states = new Map<string, Set<PressState>>(
    input.presses.map((press) => [nameOfPress(press), new Set()]),
  );
  for (const service of input.services) {
    const invitations = input.invitations.filter(({ services }) => services.some(isSame(service)));
    const linked = input.presses.filter((press) =>
      invitations.some(({ invitation }) => invitation === press.invitation),
    );
    const { presses: matches, certain } = soleMatches(service, input);
    const endMs = termOf(service, { input, invitations, linked });
    const possible = outcomesOf({ service, presses: linked, endMs, input });
    // A match never displaces an evaluation that was invited and counts.
    if (matches.length > 0 && !linked.some((press) => !press.excluded && press.latestMs < endMs)) {
      if (certain && !linked.some((press) => possible.has(nameOfPress(press)))) possible.clear();
      for (const match of matches)
        for (const outcome of outcomesOf({ service, presses: [...linked, match], endMs, input }))
          possible.add(outcome);
    }
    outcomes.set(nameOfService(service), possible);
    for (const press of [...linked, ...matches]) {
      const state = states.get(nameOfPress(press))!;
      if (possible.has(nameOfPress(press))) state.add('effective');
      if (press.excluded) state.add('excluded');
      if (press.latestMs >= endMs) state.add('late');
      if (press.earliestMs < endMs) state.add('duplicate');
    }
  }
  for (const press of input.presses) {
    const state = states.get(nameOfPress(press))!;
    if (press.invitation === undefined || state.size === 0) state.add('unmatched');
    if (press.excluded) state.add('excluded');
  }
  return { outcomes, states };
}

interface Candidates {
  service: ModelService;
  presses: readonly ModelPress[];
  /** Presses made from then on are late, and a default is due. */
  endMs: number;
  input: ModelInput;
}

/** The first one made in time counts; one that was excluded never does, and is never made up for by a default. */
function outcomesOf({ service, presses, endMs, input }: Candidates): Set<Outcome> {
  const maybe = presses.filter(({ earliestMs }) => earliestMs < endMs);
  const surely = maybe.filter(({ latestMs }) => latestMs < endMs);
  const counting = maybe.filter(({ excluded }) => !excluded);
  const first = counting.filter(
    (press) => !surely.some((other) => !other.excluded && isBefore(other, press)),
  );
  const outcomes = new Set<Outcome>(first.map(nameOfPress));
  if (surely.some(({ excluded }) => !excluded)) return outcomes;
  const mayDefault = !surely.some(({ excluded }) => excluded) && isDue(service, { endMs, input }) !== 'no';
  if (mayDefault) outcomes.add('default');
  if (!mayDefault || maybe.some(({ excluded }) => excluded) || isDue(service, { endMs, input }) === 'maybe')
    outcomes.add('none');
  return outcomes;
}

/** A default is for the service that completed its case, once the term has ended, and not for a withdrawn case. */
function isDue(service: ModelService, { endMs, input }: { endMs: number; input: ModelInput }) {
  const completes = input.completions.some(isSame(service));
  if (!completes || input.withdrawn.has(service.projectNo) || input.nowMs.latest < endMs) return 'no';
  return input.nowMs.earliest < endMs ? 'maybe' : 'yes';
}

interface TermOf {
  input: ModelInput;
  /** Of this service, in their order. */
  invitations: readonly ModelInvitation[];
  linked: readonly ModelPress[];
}

/**
 * Of the case; for a batch from its last completion. A service that was invited more than once belongs to the batch
 * of its first evaluation, else to that of its last invitation that was neither cancelled nor replaced. As long as
 * something of it is to be completed, nothing is late.
 */
function termOf(service: ModelService, { input, invitations, linked }: TermOf): number {
  const first = linked.find((press) => !linked.some((other) => isBefore(other, press)));
  const own = first
    ? invitations.find(({ invitation }) => invitation === first.invitation)
    : invitations.filter(({ gone }) => !gone).at(-1);
  const cases = [...new Set((own?.services ?? [service]).map(({ projectNo }) => projectNo))];
  const completed = cases.flatMap((projectNo) =>
    input.completions.filter((one) => one.projectNo === projectNo),
  );
  // A case that is withdrawn leaves the batch then: what was pressed before stays in time.
  const left = cases.flatMap((projectNo) =>
    completed.some((one) => one.projectNo === projectNo) ? [] : [input.withdrawn.get(projectNo) ?? NEVER_MS],
  );
  if (completed.length === 0) return NEVER_MS;
  return Math.max(...left, ...completed.map(({ completedMs }) => termEndMs(completedMs, input.rules)));
}

/**
 * Presses of which this service is the only candidate, if it has just one candidate itself. `certain` is false where
 * that hangs on a time that is not known.
 */
function soleMatches(service: ModelService, input: ModelInput): { presses: ModelPress[]; certain: boolean } {
  const fits = (press: ModelPress, other: ModelService) =>
    press.invitation === undefined &&
    press.window === other.window &&
    press.badgeId === other.badgeId &&
    press.latestMs >= other.servedMs - MATCH.beforeServiceMs &&
    press.earliestMs <= other.servedMs + MATCH.afterServiceMs;
  const candidates = input.matchesUnlinked ? input.presses.filter((press) => fits(press, service)) : [];
  const dated = candidates.filter(({ earliestMs, latestMs }) => earliestMs === latestMs);
  if (dated.length > 1) return { presses: [], certain: true };
  const presses = candidates.filter((press) => {
    const services = input.services.filter((other) => fits(press, other));
    return services.length === 1 || !dated.includes(press);
  });
  return { presses, certain: dated.length === candidates.length };
}

/** For certain. One evaluator makes its presses one after the other. */
function isBefore(one: ModelPress, other: ModelPress): boolean {
  return one.device === other.device ? one.seq < other.seq : one.latestMs < other.earliestMs;
}

const isSame =
  (service: { projectNo: string; assessNumber: number }) =>
  (other: { projectNo: string; assessNumber: number }): boolean =>
    other.projectNo === service.projectNo && other.assessNumber === service.assessNumber;
