// A smaller plan that still breaks the same invariant: fewer days first, then every fault that is not needed is left
// out, one after the other, until none can go.
import type { PlanOptions } from './plan.ts';
import { DAYS, makePlan } from './plan.ts';
import type { RunResult } from './run-plan.ts';

export interface ShrinkOptions {
  seed: number;
  run(options: PlanOptions): Promise<RunResult>;
  say(sentence: string): void;
}

export interface Shrunk {
  options: PlanOptions;
  result: RunResult;
}

/** Undefined when the seed breaks nothing. */
export async function shrink({ seed, run, say }: ShrinkOptions): Promise<Shrunk | undefined> {
  let best: Shrunk = { options: { seed }, result: await run({ seed }) };
  const [first] = best.result.findings;
  if (!first) return undefined;
  const breaksTheSame = ({ findings }: RunResult) =>
    findings.some(({ checker }) => checker === first.checker);
  const attempt = async (options: PlanOptions): Promise<boolean> => {
    const result = await run(options);
    if (!breaksTheSame(result)) return false;
    best = { options, result };
    const { faults, visits } = makePlan(options);
    say(`still fails with ${options.days ?? DAYS} days, ${visits.length} visits and ${faults.length} faults`);
    return true;
  };
  for (let days = 1; days < DAYS; days += 1) if (await attempt({ ...best.options, days })) break;
  for (const { index } of makePlan(best.options).faults)
    await attempt({ ...best.options, without: [...(best.options.without ?? []), index] });
  return best;
}
