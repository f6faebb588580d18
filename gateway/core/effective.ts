// Which evaluation counts for a service: a pure function of what is known about it, the same in whatever order
// that became known. First valid one by the time of its last key; a default only where nobody evaluated in time.
import { type CaseTerm, termOfCasesMs } from './case-term.ts';

export interface MadeEvaluation {
  /** Id of its fact; breaks ties. */
  id: number;
  /** Time of the last key, or of arrival for an entry over the API; milliseconds since 1970-01-01 UTC. */
  pressedMs: number;
  /** Excluded after an appeal. */
  excluded: boolean;
}

/** An invitation that named the service. Its batch was closed when it was made. */
export interface InvitationOf {
  /** Grows with the time of its creation. */
  order: number;
  /** Cancelled, or replaced by the next one. */
  ended: boolean;
  /** The cases of all its services. */
  cases: readonly CaseTerm[];
  evaluations: readonly MadeEvaluation[];
}

export interface ServiceState {
  invitations: readonly InvitationOf[];
  /** Unlinked presses that were matched to it. */
  matched: readonly MadeEvaluation[];
  /** It completed its case: only such a service is ever defaulted. */
  completing: boolean;
  case: CaseTerm;
  /** The sweep has recorded that its term ended without an evaluation. */
  defaulted: boolean;
}

export type Verdict = 'effective' | 'duplicate' | 'late' | 'excluded';

export interface Decision {
  counts: { origin: 'press'; id: number } | { origin: 'default' } | undefined;
  /** By the id of the evaluation. */
  verdicts: ReadonlyMap<number, Verdict>;
  /** End of the term of its batch; undefined while an evaluation is valid without limit. */
  termEndsMs: number | undefined;
  /** When the sweep must default it, if nothing changes until then. */
  defaultDueMs: number | undefined;
}

/**
 * The invitation whose batch a service belongs to: one batch per service, so that all its evaluations are held to
 * one term. It is that of the first evaluation that is not excluded, else the last one that was neither cancelled
 * nor replaced without a press. Undefined when none ties it: then it stands alone.
 */
export function batchOf(invitations: readonly InvitationOf[]): InvitationOf | undefined {
  let first: { evaluation: MadeEvaluation; invitation: InvitationOf } | undefined;
  let last: InvitationOf | undefined;
  for (const invitation of invitations) {
    const ties = !invitation.ended || invitation.evaluations.length > 0;
    if (ties && (!last || invitation.order > last.order)) last = invitation;
    for (const evaluation of invitation.evaluations) {
      if (!evaluation.excluded && (!first || isBefore(evaluation, first.evaluation)))
        first = { evaluation, invitation };
    }
  }
  return first?.invitation ?? last;
}

export function effectiveOf(service: ServiceState): Decision {
  const batch = batchOf(service.invitations);
  const termEndsMs = termOfCasesMs(batch?.cases ?? [service.case]);
  const linked = service.invitations.flatMap(({ evaluations }) => evaluations);

  const verdicts = new Map<number, Verdict>();
  // A match never displaces a linked evaluation: it counts only where none of those does.
  let counting: MadeEvaluation | undefined;
  let madeInTime = false;
  for (const made of [linked, service.matched]) {
    let first: MadeEvaluation | undefined;
    for (const evaluation of made) {
      madeInTime ||= isBeforeEnd(evaluation.pressedMs, termEndsMs);
      if (evaluation.excluded) verdicts.set(evaluation.id, 'excluded');
      else if (!isBeforeEnd(evaluation.pressedMs, termEndsMs)) verdicts.set(evaluation.id, 'late');
      else {
        verdicts.set(evaluation.id, 'duplicate');
        if (!first || isBefore(evaluation, first)) first = evaluation;
      }
    }
    counting ??= first;
  }
  if (counting) verdicts.set(counting.id, 'effective');
  // An excluded evaluation counts as made: nobody may gain a default by having an evaluation excluded, not even
  // where another batch, with another term, ties the service since.
  madeInTime ||= service.invitations.some(({ cases, evaluations }) =>
    evaluations.some(({ excluded, pressedMs }) => excluded && isBeforeEnd(pressedMs, termOfCasesMs(cases))),
  );
  const mayDefault = service.completing && service.case.withdrawnMs === undefined && !madeInTime;
  const isDefaulted = mayDefault && service.defaulted;
  return {
    counts: counting ? { origin: 'press', id: counting.id } : isDefaulted ? { origin: 'default' } : undefined,
    verdicts,
    termEndsMs,
    defaultDueMs:
      mayDefault && !service.defaulted && service.case.termEndsMs !== undefined ? termEndsMs : undefined,
  };
}

function isBeforeEnd(pressedMs: number, termEndsMs: number | undefined): boolean {
  return termEndsMs === undefined || pressedMs < termEndsMs;
}

function isBefore(one: MadeEvaluation, other: MadeEvaluation): boolean {
  return one.pressedMs < other.pressedMs || (one.pressedMs === other.pressedMs && one.id < other.id);
}
