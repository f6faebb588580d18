// Numbers drawn for a plan, each in the words of whoever draws: below a limit, between two, by chance, one of several.
import type { Random } from '../people/random.ts';

export interface Draws {
  below(limit: number): number;
  /** Both included. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** At the scale of its length, so that short times are as frequent as long ones. */
  lasting(range: readonly [leastMs: number, mostMs: number]): number;
  /** At least 0, less than 1. */
  share(): number;
}

export function makeDraws(random: Random): Draws {
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (share) => random() < share,
    pick: (items) => items[below(items.length)]!,
    lasting: ([leastMs, mostMs]) => Math.round(leastMs * (mostMs / leastMs) ** random()),
    share: random,
  };
}
