// Runs seeds in the copy of the product that this file lies in, until one breaks an invariant, and prints what it was
// as one line of JSON. A process of its own: what was planted is loaded with the sources.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { makePlan } from '../faults/plan.ts';
import { runPlan } from '../faults/run-plan.ts';
import { parseSeeds } from '../faults/seed-range.ts';

export interface FoundBySeed {
  /** Undefined: none of them found anything. */
  seed?: number;
  invariant?: number;
  checker?: string;
  what?: string;
}

/** As for `sim faults`: 7, 1..200, or several of both with commas. */
const seeds = parseSeeds(process.argv[2] ?? '');
if (!seeds) throw new Error(`no seeds: ${process.argv[2]}`);
const folder = mkdtempSync(join(tmpdir(), 'pingjia-seed-'));
try {
  process.stdout.write(`${JSON.stringify(await findSeed(seeds))}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function findSeed(among: readonly number[]): Promise<FoundBySeed> {
  const firmware = await loadFirmwareImage('linux');
  for (const seed of among) {
    const { findings } = await runPlan({
      plan: makePlan({ seed }),
      folder: join(folder, String(seed)),
      firmware,
    });
    const broken = findings.find(({ invariant }) => invariant > 0);
    if (broken) return { seed, invariant: broken.invariant, checker: broken.checker, what: broken.what };
  }
  return {};
}
