// A process of its own that runs one plan after the other: a JSON list of their options on standard input, one line of
// JSON for each result on standard output. It keeps no connection to its parent: one would cost every turn a look.
import { readFileSync } from 'node:fs';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { runFolder } from './run-folder.ts';
import { runPlan } from './run-plan.ts';

const STANDARD_INPUT = 0;

const firmware = await loadFirmwareImage('linux');
for (const options of JSON.parse(readFileSync(STANDARD_INPUT, 'utf8')) as PlanOptions[]) {
  const result = await runPlan({ plan: makePlan(options), folder: runFolder(), firmware });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
