// Whether the key before a rekey is still needed: records go out in order, so the oldest one without an
// acknowledgement tells for all of them.
import type { Identity, Journal } from '../contracts.ts';

/** Generation of the previous key while an unacknowledged record bears it, else 0. */
export function generationInUse(identity: Identity, journal: Journal): number {
  const previous = identity.previous;
  const oldest = previous && journal.firstFrom(journal.state().acked + 1);
  return previous && oldest && oldest.gen === previous.gen ? previous.gen : 0;
}
