// What each applicant will do, decided before the card appears: when to press, which level, whether to think
// better of it or to leave. Pure; one seed and window give one sequence. Levels are dealt fairly, five to a round.
import { LEVELS, type Level } from '../../protocol/constants.ts';
import { dealer, type Random } from './random.ts';

export interface Pace {
  /** From the card's appearance to the first key. */
  pressAfterMs: readonly [least: number, most: number];
  /** From the first key to another one; within the device's change window. */
  changeAfterMs: readonly [least: number, most: number];
  /** Share of applicants who press another key first. */
  changeShare: number;
  /** Share of applicants who go without pressing. */
  leaveShare: number;
}

/** People as the product's documents describe them. */
export const EVERYDAY_PACE: Pace = {
  pressAfterMs: [1000, 4000],
  changeAfterMs: [600, 2000],
  changeShare: 0.15,
  leaveShare: 0.08,
};

/** For a run that has to show many presses in a minute. */
export const BRISK_PACE: Pace = {
  pressAfterMs: [250, 900],
  changeAfterMs: [400, 900],
  changeShare: 0.12,
  leaveShare: 0,
};

export type Decision =
  | { leaves: true; afterMs: number }
  | { leaves: false; afterMs: number; level: Level; first?: { level: Level; changeAfterMs: number } };

export function decisionMaker({ random, pace }: { random: Random; pace: Pace }): () => Decision {
  const nextLevel = dealer(random, LEVELS);
  const between = ([least, most]: readonly [number, number]) => Math.round(least + random() * (most - least));
  return () => {
    const afterMs = between(pace.pressAfterMs);
    if (random() < pace.leaveShare) return { leaves: true, afterMs };
    const level = nextLevel();
    if (random() >= pace.changeShare) return { leaves: false, afterMs, level };
    const others = LEVELS.filter((other) => other !== level);
    const first = {
      level: others[Math.floor(random() * others.length)]!,
      changeAfterMs: between(pace.changeAfterMs),
    };
    return { leaves: false, afterMs, level, first };
  };
}
