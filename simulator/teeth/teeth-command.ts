// `npm run sim -- teeth`: plants each fault in a copy of the product, runs seeds until one finds it, and prints the
// table. Shows that what the seeds never find is not there, rather than not looked for.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { V8_FLAGS } from '../v8-flags.ts';
import type { FoundBySeed } from './find-seed.ts';
import type { PlantedFault } from './planted-faults.ts';
import { copyProduct, type ProductCopy } from './product-copy.ts';

/** For all seeds of one fault. */
const FAULT_LIMIT_MS = 20 * 60_000;
const run = promisify(execFile);

export interface TeethOptions {
  faults: readonly PlantedFault[];
  /** In this order until one finds the fault; as `sim faults` takes them. */
  seeds: string;
  /** Before them the seed that found the fault when it was looked for last. */
  likelyFirst?: boolean;
  processes: number;
  out(line: string): void;
}

/** The exit code: 1 if a fault was not found. */
export async function runTeeth(options: TeethOptions): Promise<number> {
  const { faults, processes, out } = options;
  const waiting = [...faults];
  const seedsFor = ({ likely }: PlantedFault) =>
    options.likelyFirst && likely !== undefined ? `${likely},${options.seeds}` : options.seeds;
  const found = new Map<PlantedFault, FoundBySeed>();
  const work = async () => {
    const copy = copyProduct();
    try {
      for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
        const result = await seek(copy, fault, seedsFor(fault));
        found.set(fault, result);
        out(rowOf(fault, result));
      }
    } finally {
      copy.remove();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  const missed = [...found].filter(([, { seed }]) => seed === undefined);
  out('');
  out('| planted | seeds needed | invariant | what fell |');
  out('| --- | --- | --- | --- |');
  for (const fault of faults) if (found.has(fault)) out(rowOf(fault, found.get(fault)!));
  out('');
  out(`${found.size - missed.length} of ${found.size} found by seeds ${options.seeds}.`);
  return missed.length > 0 ? 1 : 0;
}

async function seek(copy: ProductCopy, fault: PlantedFault, seeds: string): Promise<FoundBySeed> {
  const takeOut = copy.plant(fault);
  try {
    const { stdout } = await run(
      process.execPath,
      [...V8_FLAGS, '--import', 'tsx', 'simulator/teeth/find-seed.ts', seeds],
      {
        cwd: copy.folder,
        timeout: FAULT_LIMIT_MS,
        maxBuffer: 64 << 20,
      },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as FoundBySeed;
  } catch (error) {
    // Over the limit: as good as not found.
    if ((error as { killed?: boolean }).killed) return {};
    throw error;
  } finally {
    takeOut();
  }
}

function rowOf({ name }: PlantedFault, { seed, invariant, checker }: FoundBySeed): string {
  return `| ${name} | ${seed ?? 'not found'} | ${invariant ?? '–'} | \`${checker ?? '–'}\` |`;
}
