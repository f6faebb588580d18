// What `sim faults`, `sim replay` and `sim shrink` do, without their options' parsing. Each returns the exit code.
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { missedOf } from './marks.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { type Account, describeAccount, describeFailure } from './report.ts';
import { runFolder } from './run-folder.ts';
import { type RunResult, runPlan } from './run-plan.ts';
import { runSeeds } from './run-seeds.ts';
import { shrink } from './shrink.ts';
import { firstDifference, readTrace, writeTrace } from './trace-file.ts';

export interface Printer {
  out(line: string): void;
  err(line: string): void;
}

export interface FaultsOptions {
  seeds: number[];
  processes: number;
  untilFailure: boolean;
  trace?: string | undefined;
  json: boolean;
}

/** With --until-failure so many seeds are added at a time, and no more than the limit. */
const MORE_SEEDS = 1000;
const SEEDS_LIMIT = 1_000_000;
const PROGRESS_EVERY_SEEDS = 20;

export async function runFaults(options: FaultsOptions, { out, err }: Printer): Promise<number> {
  const { seeds, trace } = options;
  if (trace !== undefined && (seeds.length !== 1 || options.untilFailure)) {
    err('sim: --trace goes with one seed.');
    return 2;
  }
  const beganMs = performance.now();
  const account: Account = {
    seeds: 0,
    failed: [],
    presses: 0,
    fewestPresses: Number.POSITIVE_INFINITY,
    virtualSeconds: 0,
    wallSeconds: 0,
    marksMissed: [],
  };
  const reached = new Set<string>();
  const take = (result: RunResult) => {
    account.seeds += 1;
    account.presses += result.presses;
    account.fewestPresses = Math.min(account.fewestPresses, result.presses);
    account.virtualSeconds += result.virtualSeconds;
    for (const name of result.marks) reached.add(name);
    if (result.findings.length > 0) {
      account.failed.push(result.seed);
      err(describeFailure(result));
    }
    if (account.seeds % PROGRESS_EVERY_SEEDS === 0)
      err(`${account.seeds} seeds, ${account.failed.length} of them failed`);
    return !(options.untilFailure && account.failed.length > 0);
  };

  if (trace !== undefined) {
    const { result, lines } = await runWithLines({ seed: seeds[0]! });
    writeTrace(trace, { options: { seed: seeds[0]! }, lines });
    take(result);
    err(`${lines.length} lines in ${trace}, hash ${result.hash}`);
  } else {
    let wanted = seeds;
    do {
      await runSeeds({
        plans: wanted.map((seed) => ({ seed })),
        processes: options.processes,
        onResult: take,
      });
      const last = wanted.at(-1)!;
      wanted = Array.from({ length: MORE_SEEDS }, (_, index) => last + 1 + index);
    } while (options.untilFailure && account.failed.length === 0 && account.seeds < SEEDS_LIMIT);
  }
  account.failed.sort((a, b) => a - b);
  account.wallSeconds = Math.round((performance.now() - beganMs) / 100) / 10;
  account.marksMissed = missedOf(reached);
  err(describeAccount(account));
  if (options.json) out(JSON.stringify(account));
  return account.failed.length > 0 ? 1 : 0;
}

export async function replay(file: string, { out, err }: Printer): Promise<number> {
  const recorded = readTrace(file);
  const { result, lines } = await runWithLines(recorded.options);
  const at = firstDifference(recorded.lines, lines);
  if (result.findings.length > 0) err(describeFailure(result));
  if (at === undefined) {
    out(`The same again: ${lines.length} lines, hash ${result.hash}.`);
    return result.findings.length > 0 ? 1 : 0;
  }
  err(
    `Line ${at} differs.\n  then ${recorded.lines[at - 1] ?? '(the end)'}\n  now  ${lines[at - 1] ?? '(the end)'}`,
  );
  return 1;
}

export async function shrinkSeed(
  seed: number,
  { trace, out, err }: Printer & { trace: string },
): Promise<number> {
  const found = await shrink({
    seed,
    run: async (options) => (await runWithLines(options)).result,
    say: err,
  });
  if (!found) {
    out(`Seed ${seed} breaks no invariant.`);
    return 0;
  }
  const { lines } = await runWithLines(found.options);
  writeTrace(trace, { options: found.options, lines });
  err(describeFailure(found.result));
  const { faults } = makePlan(found.options);
  out(`Left of it: ${faults.map(({ index, kind }) => `${index} ${kind}`).join(', ') || 'no fault'}.`);
  out(`npm run sim -- replay ${trace}`);
  return 1;
}

async function runWithLines(options: PlanOptions): Promise<{ result: RunResult; lines: string[] }> {
  const firmware = await loadFirmwareImage('linux');
  const lines: string[] = [];
  const result = await runPlan({
    plan: makePlan(options),
    folder: runFolder(),
    firmware,
    onLine: (line) => lines.push(line),
  });
  return { result, lines };
}
