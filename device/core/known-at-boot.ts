// What the evaluator knows when it starts, from what lies in flash. Only starting needs it.
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { Journal, JournalState } from '../contracts.ts';
import { toHex } from '../crypto/hex.ts';
import { isFull, isNearlyFull, type Known } from './known.ts';

/** How far back the last invitation is looked for at boot; presses without one lie behind it. */
export const LOOK_BACK_RECORDS = 64;

export interface FoundAtBoot {
  /** Of the newest record that has one; NO_HANDLE if none does. */
  evaluated: string;
  journal: JournalState;
  /** The boot could not be counted in flash. */
  flashFailed: boolean;
}

export function knownAtBoot(found: FoundAtBoot): Known {
  return {
    desk: undefined,
    card: undefined,
    evaluated: found.evaluated,
    link: 'no-link',
    full: isFull(found.journal),
    nearlyFull: isNearlyFull(found.journal),
    fault: found.flashFailed ? 'flash' : undefined,
    thanked: undefined,
    offer: undefined,
  };
}

export function lastEvaluated(journal: Journal): string {
  const state = journal.state();
  const end = Math.max(state.oldest, state.next - LOOK_BACK_RECORDS);
  for (let seq = state.next - 1; seq >= end; seq--) {
    const record = journal.firstFrom(seq);
    const invitation = record ? toHex(record.invitation) : NO_HANDLE;
    if (invitation !== NO_HANDLE) return invitation;
  }
  return NO_HANDLE;
}
