// Which service an unlinked press belongs to, if that can be said without guessing: each must be the other's only
// candidate. A function of the set of presses and services, so that the order in which they became known is nothing.
import type { ServiceRef } from './service-facts.ts';

/** A service was given at most this long before the press… */
export const SERVED_BEFORE_MS = 10 * 60_000;
/** …or recorded as given this long after it. */
export const SERVED_AFTER_MS = 2 * 60_000;
/** Within this time of a press lies every other press that could be a candidate of its service. */
export const RIVAL_REACH_MS = SERVED_BEFORE_MS + SERVED_AFTER_MS;

export interface UnlinkedPress {
  /** Of its fact. */
  id: number;
  window: string;
  /** 16 hexadecimal digits. */
  staff: string;
  /** The same for a press whose time is known. */
  fromMs: number;
  untilMs: number;
}

export interface GivenService extends ServiceRef {
  window: string;
  staff: string;
  servedMs: number;
}

export function isCandidate(press: UnlinkedPress, service: GivenService): boolean {
  return (
    press.window === service.window &&
    press.staff === service.staff &&
    service.servedMs >= press.fromMs - SERVED_BEFORE_MS &&
    service.servedMs <= press.untilMs + SERVED_AFTER_MS
  );
}

/**
 * The service of one press, among all others. A press whose time is only an interval is a candidate wherever that
 * reaches, which keeps others from being the only one, but is never matched itself.
 */
export function matchOf(
  press: UnlinkedPress,
  all: { presses: Iterable<UnlinkedPress>; services: Iterable<GivenService> },
): ServiceRef | undefined {
  if (press.fromMs !== press.untilMs) return undefined;
  const [service, another] = [...all.services].filter((candidate) => isCandidate(press, candidate));
  if (!service || another) return undefined;
  for (const rival of all.presses) {
    if (rival.id !== press.id && isCandidate(rival, service)) return undefined;
  }
  return { projectNo: service.projectNo, assessNumber: service.assessNumber };
}
