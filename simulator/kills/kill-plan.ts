// When a gateway is killed: some time after it acknowledged its first record, at one of its own writes to the database,
// start-up included, or at one of those that copy the log into the database file. Pure: a seed repeats a run.
import type { Random } from '../people/random.ts';

export type KillPlan = { at: 'time'; afterFirstAckMs: number } | { at: 'step' | 'copy'; step: number };

const LONGEST_MS = 600;
/** Enough for the start of one round and the load of another. */
const STEPS_LIMIT = 1500;
/** A checkpoint writes each page once. */
const COPY_STEPS_LIMIT = 30;

export function nextKill(random: Random): KillPlan {
  const kind = random();
  if (kind < 0.1) return { at: 'copy', step: 1 + Math.floor(random() * COPY_STEPS_LIMIT) };
  if (kind < 0.45) return { at: 'time', afterFirstAckMs: Math.floor(random() * LONGEST_MS) };
  // As likely between 1 and 10 as between 100 and 1000: the first writes are those of the start.
  return { at: 'step', step: Math.floor(STEPS_LIMIT ** random()) };
}

export function planText(plan: KillPlan): string {
  if (plan.at === 'time') return `${plan.afterFirstAckMs} ms after the first acknowledgement`;
  return `step ${plan.step} ${plan.at === 'copy' ? 'of a checkpoint' : 'on the database'}`;
}
