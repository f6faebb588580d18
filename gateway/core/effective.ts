// Which evaluation counts for a service: a pure function of what is known about it, the same in whatever order
// that became known. First valid one by the time of its last key; a default only where nobody evaluated in time.

/** What of a case decides about its evaluations. */
export interface CaseTerm {
  /** End of its term, the first millisecond that is too late; undefined before completion. */
  termEndsMs: number | undefined;
  withdrawn: boolean;
}

export interface MadeEvaluation {
  /** Id of its fact; breaks ties. */
  id: number;
  /** Time of the last key, or of arrival for an entry over the API; milliseconds since 1970-01-01 UTC. */
  pressedMs: number;
  /** Excluded after an appeal. */
  excluded: boolean;
  /** The cases of the batch it was invited for. */
  cases: readonly CaseTerm[];
}

export interface ServiceState {
  evaluations: readonly MadeEvaluation[];
  /** It completed its case: only such a service is ever defaulted. */
  completing: boolean;
  case: CaseTerm;
  /** Every case that shares a batch with it, its own included. */
  cases: readonly CaseTerm[];
  /** The sweep has recorded that its term ended without an evaluation. */
  defaulted: boolean;
}

export type Verdict = 'effective' | 'duplicate' | 'late' | 'excluded';

export interface Decision {
  counts: { origin: 'press'; id: number } | { origin: 'default' } | undefined;
  /** By the id of the evaluation. */
  verdicts: ReadonlyMap<number, Verdict>;
  /** When the sweep must default it, if nothing changes until then. */
  defaultDueMs: number | undefined;
}

/** A batch's term runs from its last completion. Undefined while it is open: a withdrawn case waits for nobody. */
export function batchTermEndsMs(cases: readonly CaseTerm[]): number | undefined {
  let endsMs: number | undefined;
  for (const item of cases) {
    if (item.withdrawn) continue;
    if (item.termEndsMs === undefined) return undefined;
    endsMs = Math.max(endsMs ?? item.termEndsMs, item.termEndsMs);
  }
  return endsMs;
}

export function effectiveOf(service: ServiceState): Decision {
  const verdicts = new Map<number, Verdict>();
  let first: MadeEvaluation | undefined;
  let madeInTime = false;
  for (const evaluation of service.evaluations) {
    const endsMs = batchTermEndsMs(evaluation.cases);
    const inTime = endsMs === undefined || evaluation.pressedMs < endsMs;
    madeInTime ||= inTime;
    if (evaluation.excluded) verdicts.set(evaluation.id, 'excluded');
    else if (!inTime) verdicts.set(evaluation.id, 'late');
    else {
      verdicts.set(evaluation.id, 'duplicate');
      if (!first || isBefore(evaluation, first)) first = evaluation;
    }
  }
  if (first) verdicts.set(first.id, 'effective');
  // An excluded evaluation counts as made: nobody may gain a default by having an evaluation excluded.
  const mayDefault = service.completing && !service.case.withdrawn && !madeInTime;
  const dueMs =
    mayDefault && service.case.termEndsMs !== undefined ? batchTermEndsMs(service.cases) : undefined;
  const isDefaulted = mayDefault && service.defaulted;
  return {
    counts: first ? { origin: 'press', id: first.id } : isDefaulted ? { origin: 'default' } : undefined,
    verdicts,
    defaultDueMs: service.defaulted ? undefined : dueMs,
  };
}

function isBefore(one: MadeEvaluation, other: MadeEvaluation): boolean {
  return one.pressedMs < other.pressedMs || (one.pressedMs === other.pressedMs && one.id < other.id);
}
