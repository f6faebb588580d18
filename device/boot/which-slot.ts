// Decides which firmware `.bootcde` starts: the chosen slot if it is whole, else the other one, else none. Counts
// trial starts. Pure but for the counters it raises.
import { type ChoiceCounters, giveUp, isOnTrial, type Slot, slotToStart } from './slot-choice.ts';

/** Undefined when neither slot is whole: then there is nothing to run, and a person must write one. */
export function whichSlot(counters: ChoiceCounters, isWhole: (slot: Slot) => boolean): Slot | undefined {
  const first = slotToStart(counters);
  if (isWhole(first)) return first;
  if (isOnTrial(counters)) giveUp(counters);
  const other = first === 'a' ? 'b' : 'a';
  return isWhole(other) ? other : undefined;
}
