// The plain press that tests vary: level 5, first of its journal, unlinked, no clock. Its signature is not one.
import { NO_HANDLE, RECORD_PRESS } from '../../protocol/constants.ts';
import type { UnsignedEvaluation } from '../../protocol/layouts.ts';
import type { Evaluation } from '../../protocol/messages.ts';

export const SAMPLE_PRESS: UnsignedEvaluation = {
  kind: RECORD_PRESS,
  seq: 1,
  boot: 1,
  uptime: 1000,
  wall: 0,
  level: 5,
  reasons: [],
  invitation: NO_HANDLE,
  staff: NO_HANDLE,
  flags: 0,
  gen: 1,
};

/** For the store, which does not look at signatures: each sequence has one of its own. */
export function unverifiedPress(fields: Partial<Evaluation>): Evaluation {
  const record = { ...SAMPLE_PRESS, ...fields };
  return { sig: record.seq.toString(16).padStart(64, '0'), ...record };
}
