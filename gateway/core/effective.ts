// Which press counts for a service: the first one made, whatever order they arrived in (policy: one evaluation
// per service). Pure; the term of five working days belongs here when it comes.

export interface Candidate {
  /** Id of the press's fact; breaks ties. */
  id: number;
  /** When the last key was pressed, milliseconds since 1970-01-01 UTC. */
  pressedMs: number;
}

export function effectiveOf<C extends Candidate>(candidates: readonly C[]): C | undefined {
  let best: C | undefined;
  for (const candidate of candidates) {
    if (
      !best ||
      candidate.pressedMs < best.pressedMs ||
      (candidate.pressedMs === best.pressedMs && candidate.id < best.id)
    ) {
      best = candidate;
    }
  }
  return best;
}
