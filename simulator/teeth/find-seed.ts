// Runs seeds in the copy of the product that this file lies in, until one breaks an invariant, and prints what it was
// as one line of JSON. A process of its own: what was planted is loaded with the sources.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { makePlan } from '../faults/plan.ts';
import { runPlan } from '../faults/run-plan.ts';

export interface FoundBySeed {
  /** Undefined: none of them found anything. */
  seed?: number;
  invariant?: number;
  checker?: string;
  what?: string;
}

const [first, last] = process.argv.slice(2).map(Number) as [number, number];
const folder = mkdtempSync(join(tmpdir(), 'pingjia-seed-'));
try {
  process.stdout.write(`${JSON.stringify(await findSeed())}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function findSeed(): Promise<FoundBySeed> {
  const firmware = await loadFirmwareImage('linux');
  for (let seed = first; seed <= last; seed += 1) {
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
