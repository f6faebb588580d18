// Which evaluation counts for a service: a pure function of what is known about it, the same in whatever order
// that became known. First valid one by the time of its last key; a default only where nobody evaluated in time.
import { type CaseTerm, termOfCasesMs } from './case-term.ts';

export interface MadeEvaluation {
  /** Id of its fact; breaks ties. */
  id: number;
  /** Time of the last key, or of arrival for an entry over the API; milliseconds since 1970-01-01 UTC. */
  pressedMs: number;
  /** Any name of the evaluator: of those that are read together, the same for the same one. */
  device: string | number;
  /** Of its record in the evaluator's journal. */
  seq: number;
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
 * one term. It is that of the first evaluation, else the last one that was neither cancelled nor replaced without a
 * press. Undefined when none ties it: then it stands alone. An excluded evaluation counts as made: an appeal moves
 * neither the term nor the order of what others pressed.
 */
export function batchOf(invitations: readonly InvitationOf[]): InvitationOf | undefined {
  const first = firstOf(invitations, () => true);
  let last: InvitationOf | undefined;
  for (const invitation of invitations) {
    if (first && invitation.evaluations.includes(first)) return invitation;
    if (!invitation.ended && (!last || invitation.order > last.order)) last = invitation;
  }
  return last;
}

export function effectiveOf(service: ServiceState): Decision {
  const batch = batchOf(service.invitations);
  const termEndsMs = termOfCasesMs(batch?.cases ?? [service.case]);

  const verdicts = new Map<number, Verdict>();
  let madeInTime = false;
  const judge = (evaluation: MadeEvaluation) => {
    const isInTime = isBeforeEnd(evaluation.pressedMs, termEndsMs);
    madeInTime ||= isInTime;
    verdicts.set(evaluation.id, evaluation.excluded ? 'excluded' : isInTime ? 'duplicate' : 'late');
  };
  for (const { evaluations } of service.invitations) evaluations.forEach(judge);
  service.matched.forEach(judge);
  const isValid = ({ id }: MadeEvaluation) => verdicts.get(id) === 'duplicate';
  // A match never displaces a linked evaluation: it counts only where none of those does.
  const counting =
    firstOf(service.invitations, isValid) ?? firstOf([{ evaluations: service.matched }], isValid);
  if (counting) verdicts.set(counting.id, 'effective');
  // Excluded ones among them: nobody may gain a default by having an evaluation excluded.
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

/**
 * The first of those that pass. An evaluator makes its presses one after the other, whatever its clock was set to
 * between them: none counts as made before one with a lower sequence, also where that one does not pass. Each
 * invitation puts forward its own first, so that it is the same one for every service of a batch, whatever else
 * those were invited to.
 */
function firstOf(
  invitations: readonly Pick<InvitationOf, 'evaluations'>[],
  passes: (evaluation: MadeEvaluation) => boolean,
): MadeEvaluation | undefined {
  const firsts = invitations.flatMap(
    ({ evaluations }) => firstAmong(evaluations.filter(passes), evaluations) ?? [],
  );
  return firstAmong(
    firsts,
    invitations.flatMap(({ evaluations }) => evaluations),
  );
}

function firstAmong(
  candidates: readonly MadeEvaluation[],
  known: readonly MadeEvaluation[],
): MadeEvaluation | undefined {
  const isBefore = (one: MadeEvaluation, other: MadeEvaluation): boolean =>
    one.device === other.device
      ? one.seq < other.seq
      : isDatedBefore(latestUpTo(one, known), latestUpTo(other, known));
  return candidates.reduce<MadeEvaluation | undefined>(
    (first, one) => (first && !isBefore(one, first) ? first : one),
    undefined,
  );
}

/** Of the same evaluator's presses up to this one the one that is dated last. */
function latestUpTo(evaluation: MadeEvaluation, known: readonly MadeEvaluation[]): MadeEvaluation {
  return known.reduce(
    (latest, one) =>
      one.device === evaluation.device && one.seq < evaluation.seq && isDatedBefore(latest, one)
        ? one
        : latest,
    evaluation,
  );
}

function isDatedBefore(one: MadeEvaluation, other: MadeEvaluation): boolean {
  return one.pressedMs < other.pressedMs || (one.pressedMs === other.pressedMs && one.id < other.id);
}
