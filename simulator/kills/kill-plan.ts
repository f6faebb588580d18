// When a gateway is killed: some time after it acknowledged its first record, or at one of its own writes to the database, start-up and
// checkpoints included. Pure: a seed repeats a run.
import type { Random } from '../people/random.ts';

export type KillPlan = { at: 'time'; afterFirstAckMs: number } | { at: 'step'; step: number };

const LONGEST_MS = 600;
/** Enough for the start of one round and the load of another. */
const STEPS_LIMIT = 1500;

export function nextKill(random: Random): KillPlan {
  if (random() < 0.4) return { at: 'time', afterFirstAckMs: Math.floor(random() * LONGEST_MS) };
  // As likely between 1 and 10 as between 100 and 1000: the first writes are those of the start.
  return { at: 'step', step: Math.floor(STEPS_LIMIT ** random()) };
}

export function planText(plan: KillPlan): string {
  return plan.at === 'time'
    ? `${plan.afterFirstAckMs} ms after the first acknowledgement`
    : `step ${plan.step} on the database`;
}
