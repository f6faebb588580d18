// `npm run sim -- <command>`: halls in virtual time. Everything heavy is loaded when a command runs.
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FaultsOptions } from './faults/faults-command.ts';
import { parseSeeds } from './faults/seed-range.ts';
import type { DayOptions } from './hall/plan-day.ts';

type HallOptions = DayOptions & { trace?: string; json: boolean };

const out = (line: string) => void process.stdout.write(`${line}\n`);
const err = (line: string) => void process.stderr.write(`${line}\n`);
const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
};
const seedsOf = (text: string): number[] => {
  const seeds = parseSeeds(text);
  if (!seeds) throw new InvalidArgumentError('It must be a seed or a range such as 1..200.');
  return seeds;
};

const program = new Command('sim').description(
  'Simulated halls in virtual time: real firmware, real gateway, real SQLite; one seed decides a run.',
);

program
  .command('faults')
  .description('eight days of a hall for each seed while everything breaks; then all must arrive')
  .option('--seeds <range>', 'such as 1..200, or 7', seedsOf, seedsOf('1..20'))
  .option('--processes <count>', 'side by side', whole, 2)
  .option('--until-failure', 'goes on with further seeds until one breaks an invariant', false)
  .option('--trace <file>', 'of one seed: writes all that happened, for `sim replay`')
  .option('--json', 'prints the account as the last line', false)
  .addHelpText(
    'after',
    `
A seed draws its own hall, rules, weather and at least 5 faults. What breaks an invariant is told with the last that
happened and the command that repeats it. Exit code 1 then.
Example:    npm run sim -- faults --seeds 1..200 --json`,
  )
  .action(async (options: FaultsOptions) => {
    const { runFaults } = await import('./faults/faults-command.ts');
    process.exitCode = await runFaults(options, { out, err });
  });

program
  .command('replay <file>')
  .description('runs a trace again and names the first line that differs')
  .action(async (file: string) => {
    const { replay } = await import('./faults/faults-command.ts');
    process.exitCode = await replay(file, { out, err });
  });

program
  .command('shrink <seed>')
  .description('looks for fewer days and faults with which a failing seed still fails')
  .option('--trace <file>', 'where the smaller run goes', 'shrunk.trace')
  .action(async (seed: string, { trace }: { trace: string }) => {
    const { shrinkSeed } = await import('./faults/faults-command.ts');
    process.exitCode = await shrinkSeed(whole(seed), { trace, out, err });
  });

const dayOf = (text: string): string => {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-02-13.');
};
program
  .command('hall')
  .description('a working day of a hall, as fast as this machine can')
  .option('--windows <count>', 'windows with an evaluator each', whole, 40)
  .option('--day <date>', 'in Asia/Shanghai', dayOf, '2026-02-13')
  .addOption(new Option('--speed <speed>', 'how fast it goes').choices(['max']).default('max'))
  .option('--seed <number>', 'decides everything', whole, 7)
  .option('--trace <file>', 'writes all that happened')
  .option('--json', 'prints the report as the last line', false)
  .addHelpText(
    'after',
    `
Arrivals, queues, services of some minutes, batches, staff who pause at noon, applicants who press at once, late, change
their mind or leave. The same seed gives the same trace. Exit code 1 when an invariant broke.`,
  )
  .action(async (options: HallOptions) => {
    const { playHall } = await import('./hall/hall-command.ts');
    process.exitCode = await playHall(options, { out, err });
  });
program
  .command('teeth')
  .description(
    'plants known faults in a copy of the product, one at a time, and runs seeds until each is found',
  )
  .option('--only <words>', 'faults whose name holds them', '')
  .option('--seeds <count>', 'at most, for each fault', whole, 200)
  .option('--processes <count>', 'side by side', whole, 2)
  .addHelpText(
    'after',
    '\nPrints the table of fault, seeds needed and invariant. Exit code 1: one was not found.',
  )
  .action(async ({ only, seeds, processes }: { only: string; seeds: number; processes: number }) => {
    const { PLANTED_FAULTS } = await import('./teeth/planted-faults.ts');
    const { runTeeth } = await import('./teeth/teeth-command.ts');
    const faults = PLANTED_FAULTS.filter(({ name }) => name.includes(only));
    process.exitCode = await runTeeth({ faults, seeds, processes, out });
  });

await program.parseAsync();
