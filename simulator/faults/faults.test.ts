// Halls in virtual time while everything breaks. PROOF_SIM_SEEDS=200 runs so many; `npm run sim -- faults` tells more.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import type { FirmwareImage } from '../engine.ts';
import { makePlan, PRESSES_LEAST } from './plan.ts';
import { describeFailure } from './report.ts';
import { runFolder } from './run-folder.ts';
import { type RunResult, runPlan } from './run-plan.ts';
import { runSeeds } from './run-seeds.ts';
import { SCENARIOS, scenarioPlan } from './scenarios.ts';

const SEEDS = Number(process.env.PROOF_SIM_SEEDS ?? 20);
const LIMIT_MS = 60_000 + SEEDS * 15_000;
const WORKER = fileURLToPath(new URL('start-worker.js', import.meta.url));
const REPEATED_SEED = 7;

let firmware: FirmwareImage;
beforeAll(async () => {
  firmware = await loadFirmwareImage('linux');
});

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
  const hashes = new Map<number, string>();

  it(
    `loses, doubles and invents nothing, whatever ${SEEDS} seeds draw`,
    async () => {
      const failed: string[] = [];
      await runSeeds({
        plans: Array.from({ length: SEEDS }, (_, index) => ({ seed: index + 1 })),
        processes: 2,
        onResult(result) {
          hashes.set(result.seed, result.hash);
          if (result.findings.length > 0) failed.push(describeFailure(result));
          if (result.presses < PRESSES_LEAST)
            failed.push(`Seed ${result.seed} has ${result.presses} presses`);
          return true;
        },
      });
      expect(failed).toEqual([]);
      expect(hashes.size).toBe(SEEDS);
    },
    LIMIT_MS,
  );

  it('goes the same way again in another process with another time zone and language', () => {
    const there = execFileSync(process.execPath, [WORKER], {
      input: JSON.stringify([{ seed: REPEATED_SEED }]),
      encoding: 'utf8',
      env: { ...process.env, TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    });
    expect((JSON.parse(there) as RunResult).hash).toBe(hashes.get(REPEATED_SEED));
  });
});
