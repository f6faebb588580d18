// Halls in virtual time while everything breaks. PROOF_SIM_SEEDS=200 runs so many; `npm run sim -- faults` tells more.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { FirmwareImage } from '../engine.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { describeFailure } from './report.ts';
import { runFolder } from './run-folder.ts';
import { runPlan } from './run-plan.ts';
import { runSeeds } from './run-seeds.ts';
import { SCENARIOS, scenarioPlan } from './scenarios.ts';

const SEEDS = Number(process.env.PROOF_SIM_SEEDS ?? 0);
const LIMIT_MS = 60_000 + SEEDS * 10_000;
/** A whole run costs some seconds; the first days of some are enough to meet most kinds of faults. */
const SHORT_DAYS = 1;
const SHORT_SEEDS = 20;
const REPEATED_SEED = 7;
const SHORT_LIMIT_MS = 300_000;

let firmware: FirmwareImage;
beforeAll(async () => {
  firmware = await loadFirmwareImage('linux');
});

const run = (options: PlanOptions) => runPlan({ plan: makePlan(options), folder: runFolder(), firmware });

describe('a plan', () => {
  it('has at least three evaluators, fifty visits and five faults, and is the same for the same seed', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const plan = makePlan({ seed });
      expect(plan.windows).toBeGreaterThanOrEqual(3);
      expect(plan.visits.length).toBeGreaterThanOrEqual(50);
      expect(plan.faults.length).toBeGreaterThanOrEqual(5);
      expect(makePlan({ seed })).toEqual(plan);
    }
  });

  it('keeps its other faults when one is left out', () => {
    const whole = makePlan({ seed: 5 });
    const [, ...others] = whole.faults;
    const without = makePlan({ seed: 5, without: [whole.faults[0]!.index] });
    expect(without.faults).toEqual(others);
    expect(without.visits).toEqual(whole.visits);
  });
});

describe('what seeds have found', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const result = await runPlan({ plan: scenarioPlan(scenario), folder: runFolder(), firmware });
    expect(result.findings, describeFailure(result)).toEqual([]);
    expect(result.faults).toBe(scenario.faults.length);
  });
});

describe('a hall while everything breaks', () => {
  let hash: string | undefined;

  it(
    `keeps every press that was thanked for, in the first days of ${SHORT_SEEDS} seeds`,
    async () => {
      const failed: string[] = [];
      for (let seed = 1; seed <= SHORT_SEEDS; seed += 1) {
        const result = await run({ seed, days: SHORT_DAYS });
        if (result.findings.length > 0) failed.push(describeFailure(result));
        expect(result.presses).toBeGreaterThan(0);
        if (seed === REPEATED_SEED) hash = result.hash;
      }
      expect(failed).toEqual([]);
    },
    SHORT_LIMIT_MS,
  );

  it(
    'goes the same way again in another process with another time zone and language',
    async () => {
      const options = { seed: REPEATED_SEED, days: SHORT_DAYS };
      hash ??= (await run(options)).hash;
      const file = fileURLToPath(new URL('worker.ts', import.meta.url));
      const there = execFileSync(process.execPath, ['--import', 'tsx', file], {
        input: JSON.stringify([options]),
        encoding: 'utf8',
        env: { ...process.env, TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      });
      expect((JSON.parse(there) as { hash: string }).hash).toBe(hash);
    },
    SHORT_LIMIT_MS,
  );

  it.runIf(SEEDS > 0)(
    `loses, doubles and invents nothing, whatever ${SEEDS} seeds draw`,
    async () => {
      const failed: string[] = [];
      await runSeeds({
        plans: Array.from({ length: SEEDS }, (_, index) => ({ seed: index + 1 })),
        processes: 2,
        onResult(result) {
          if (result.findings.length > 0) failed.push(describeFailure(result));
          return true;
        },
      });
      expect(failed).toEqual([]);
    },
    LIMIT_MS,
  );
});
