// Until when the evaluations of a case, or of a batch of cases, are valid. Pure.

/** What of a case decides about its evaluations. */
export interface CaseTerm {
  /** End of its term, the first millisecond that is too late; undefined before completion. */
  termEndsMs: number | undefined;
  /** When it was withdrawn. */
  withdrawnMs: number | undefined;
}

/**
 * A batch's term runs from the last completion of its cases, and while one of them may still be completed it has
 * none: undefined. A case that was withdrawn before its completion kept the batch open until then; a withdrawal
 * therefore never makes late what was pressed before it. Withdrawing a completed case moves nothing. Cases that
 * were all withdrawn before completion have no term: what is pressed on their services counts.
 */
export function termOfCasesMs(cases: readonly CaseTerm[]): number | undefined {
  let endsMs: number | undefined;
  let someCompleted = false;
  for (const { termEndsMs, withdrawnMs } of cases) {
    const until = termEndsMs ?? withdrawnMs;
    if (until === undefined) return undefined;
    someCompleted ||= termEndsMs !== undefined;
    endsMs = Math.max(endsMs ?? until, until);
  }
  return someCompleted ? endsMs : undefined;
}
