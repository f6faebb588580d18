// Which of the two firmware slots runs, as counters of the identity area that only grow, so that power may fail at
// any write. Choices are numbered 1, 2, 3…: an odd number means slot b, an even one slot a. The newest choice is on
// trial until it is confirmed or given up; without one the last confirmed choice runs (0, slot a, on a new board).
import {
  COUNTER_CHOSEN,
  COUNTER_CONFIRMED,
  COUNTER_GIVEN_UP,
  COUNTER_TRIALS,
} from '../flash/identity-layout.ts';

/** Starts of a version on trial; power cuts in a hall spend some of them. */
export const TRIAL_STARTS = 3;
/** The counter of trial starts holds choice × this + starts. */
const TRIALS_BASE = 4;

export type Slot = 'a' | 'b';

/** Of the identity store. */
export interface ChoiceCounters {
  counter(which: number): number;
  raise(which: number, value: number): boolean;
}

export function slotOf(choice: number): Slot {
  return choice % 2 === 1 ? 'b' : 'a';
}

export function isOnTrial(counters: ChoiceCounters): boolean {
  const chosen = counters.counter(COUNTER_CHOSEN);
  return chosen > counters.counter(COUNTER_CONFIRMED) && chosen > counters.counter(COUNTER_GIVEN_UP);
}

/** What runs is not what would run again for certain. */
export function needsConfirming(counters: ChoiceCounters, running: Slot): boolean {
  return isOnTrial(counters) || slotOf(counters.counter(COUNTER_CONFIRMED)) !== running;
}

/** The newest choice was given up: what was confirmed before runs again. */
export function hasReturned(counters: ChoiceCounters): boolean {
  return counters.counter(COUNTER_GIVEN_UP) > counters.counter(COUNTER_CONFIRMED);
}

/** The slot to start. Counts the start first when it is on trial, and gives it up when it has used them. */
export function slotToStart(counters: ChoiceCounters): Slot {
  const chosen = counters.counter(COUNTER_CHOSEN);
  if (isOnTrial(counters)) {
    const starts = Math.max(counters.counter(COUNTER_TRIALS) - chosen * TRIALS_BASE, 0);
    const counted =
      starts < TRIAL_STARTS && counters.raise(COUNTER_TRIALS, chosen * TRIALS_BASE + starts + 1);
    if (counted) return slotOf(chosen);
    giveUp(counters);
  }
  return slotOf(counters.counter(COUNTER_CONFIRMED));
}

/** Puts a slot on trial. False when flash did not take it. */
export function choose(counters: ChoiceCounters, slot: Slot): boolean {
  const next = counters.counter(COUNTER_CHOSEN) + 1;
  return counters.raise(COUNTER_CHOSEN, slotOf(next) === slot ? next : next + 1);
}

/** The slot that runs stays: also when it runs because the chosen one was not whole, or a person put it there. */
export function confirm(counters: ChoiceCounters, running: Slot): boolean {
  if (slotOf(counters.counter(COUNTER_CHOSEN)) !== running && !choose(counters, running)) return false;
  return counters.raise(COUNTER_CONFIRMED, counters.counter(COUNTER_CHOSEN));
}

export function giveUp(counters: ChoiceCounters): boolean {
  return counters.raise(COUNTER_GIVEN_UP, counters.counter(COUNTER_CHOSEN));
}
