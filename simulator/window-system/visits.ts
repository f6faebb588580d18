// Plans what one applicant comes for: a single case or, about once in four, a batch of two to four. Pure: the
// same random numbers and start give the same visits; project numbers differ between runs by their start time.
import { dealer, type Random } from '../people/random.ts';
import { MATTERS, type Matter } from './matters.ts';

export interface PlannedCase {
  projectNo: string;
  matter: Matter;
  /** Services of the case so far; the last one is evaluated. */
  services: number;
}

export interface Visit {
  cases: PlannedCase[];
}

export interface VisitPlannerOptions {
  random: Random;
  /** Tells the cases of this window and run from all others; digits. */
  numberPrefix: string;
}

/** A matter comes again only after all others of the table. */
export function visitPlanner({ random, numberPrefix }: VisitPlannerOptions): () => Visit {
  const nextMatter = dealer(random, MATTERS);
  const isBatch = dealer(random, [true, false, false, false]);
  const nextBatchSize = dealer(random, [2, 3, 4]);
  let opened = 0;
  return () => {
    const size = isBatch() ? nextBatchSize() : 1;
    const cases = Array.from({ length: size }, () => {
      opened += 1;
      return {
        projectNo: `${numberPrefix}${String(opened).padStart(5, '0')}`,
        matter: nextMatter(),
        services: random() < 0.15 ? 2 : 1,
      };
    });
    return { cases };
  };
}
