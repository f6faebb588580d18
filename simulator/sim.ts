// `npm run sim -- <command>`: halls in virtual time. Everything heavy is loaded when a command runs.
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FaultsOptions } from './faults/faults-command.ts';
import { parseSeeds } from './faults/seed-range.ts';
import type { FleetCommandOptions } from './fleet/fleet-command.ts';
import type { DayOptions } from './hall/plan-day.ts';

interface HallFlags extends DayOptions {
  trace?: string;
  json: boolean;
  speed: 'max' | number;
  live: boolean;
  untilFailure: boolean;
  gateway?: string;
  page: boolean;
  port?: number;
  until?: number;
}

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

const rangeOf = (text: string): string => {
  seedsOf(text);
  return text;
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
/** A second of an evaluator is then eight of this machine's milliseconds; sooner it would take a slow answer for none. */
const SPEED_LIMIT = 120;
const speedOf = (text: string): 'max' | number => {
  if (text === 'max') return text;
  const speed = Number(text);
  if (speed >= 1 && speed <= SPEED_LIMIT) return speed;
  throw new InvalidArgumentError(`It must be max, or a number from 1 to ${SPEED_LIMIT}.`);
};
const timeOfDay = (text: string): number => {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  const minutes = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN;
  if (minutes > 0 && minutes <= 24 * 60 + 5) return minutes * 60_000;
  throw new InvalidArgumentError('It must be a time such as 17:30, at most 24:05.');
};
/** Windows a person can look at on one page. */
const LIVE_WINDOWS = { usual: 4, limit: 8 };
const LIVE_SPEED = 60;
const PAGE_PORT = 8180;

program
  .command('hall')
  .description('a working day of a hall, as fast as this machine can or live against the real gateway')
  .option('--windows <count>', 'windows with an evaluator each (default: 40; live 4, at most 8)', whole)
  .option('--day <date>', 'in Asia/Shanghai', dayOf, '2026-02-13')
  .option('--speed <speed>', 'max in virtual time; live a factor, 60 when left out', speedOf)
  .option('--seed <number>', 'decides everything', whole, 7)
  .option('--until-failure', 'goes on with further seeds until one breaks an invariant', false)
  .option('--trace <file>', 'writes all that happened')
  .option('--json', 'prints the report as the last line', false)
  .option('--live', 'the real gateway over real MQTT, and the page of the demo', false)
  .option(
    '--until <time>',
    'live: the day ends at this time, such as 10:30; after midnight when left out',
    timeOfDay,
  )
  .option('--no-page', 'live: without the page')
  .option('--port <number>', `live: port of the page (default: ${PAGE_PORT})`, whole)
  .addOption(new Option('--gateway <url>', 'refused: see below'))
  .addHelpText(
    'after',
    `
Arrivals, queues, services of some minutes, batches, staff who pause at noon, applicants who press at once, late, change
their mind or leave. In virtual time the same seed gives the same trace. Exit code 1 when an invariant broke.
Live, the gateway's clock goes as fast as the day; hours in which nobody comes go by sooner. A gateway that runs elsewhere
has a clock of its own, so that only real time is possible there: npm run sim -- fleet puts load on it.
Examples:   npm run sim -- hall --windows 40 --day 2026-02-13 --speed max --seed 7
            npm run sim -- hall --live --speed 60`,
  )
  .action(async (flags: HallFlags) => {
    const wrong = wrongHallUse(flags);
    if (wrong !== undefined) return program.error(wrong, { exitCode: 2 });
    if (!flags.live) {
      const { playHall } = await import('./hall/hall-command.ts');
      process.exitCode = await playHall({ ...flags, windows: flags.windows ?? 40 }, { out, err });
      return;
    }
    const { playLive } = await import('./hall/hall-command.ts');
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    process.exitCode = await playLive(
      {
        ...flags,
        windows: flags.windows ?? LIVE_WINDOWS.usual,
        speed: typeof flags.speed === 'number' ? flags.speed : LIVE_SPEED,
        pagePort: flags.page ? (flags.port ?? PAGE_PORT) : undefined,
        untilMs: flags.until,
        stop: stop.signal,
      },
      { out, err },
    );
  });

function wrongHallUse({ live, speed, windows, gateway, untilFailure }: HallFlags): string | undefined {
  if (gateway !== undefined)
    return 'A gateway that runs elsewhere has a clock of its own: a day cannot be played on it faster than real time. `npm run sim -- fleet --gateway` puts load on it; `hall --live` starts a gateway itself.';
  if (!live)
    return typeof speed === 'number'
      ? '--speed is a number with --live only; virtual time goes at max.'
      : undefined;
  if (speed === 'max')
    return '--live needs a number for --speed: real sockets cannot be hurried without end.';
  if (untilFailure) return '--until-failure is for virtual time: a live day does not repeat.';
  if ((windows ?? 0) > LIVE_WINDOWS.limit)
    return `--live shows at most ${LIVE_WINDOWS.limit} windows; \`npm run sim -- fleet\` is for load.`;
  return undefined;
}

const gatewayOf = (text: string): { host: string; port: number } => {
  const match = /^mqtt:\/\/(\d{1,3}(?:\.\d{1,3}){3}|localhost):(\d{1,5})\/?$/.exec(text);
  const port = Number(match?.[2]);
  if (match && port > 0 && port <= 65_535) return { host: match[1]!, port };
  throw new InvalidArgumentError(
    'It must be an address in numbers and a port, such as mqtt://10.0.0.5:1883.',
  );
};
const FLEET = { devices: 2000, rate: 50, seconds: 60 };

program
  .command('fleet')
  .description('load of a large hall over real sockets, with what a person would feel of it')
  .option('--devices <count>', 'evaluators, each with its own identity', whole, FLEET.devices)
  .option('--rate <count>', 'presses a second, of all together', whole, FLEET.rate)
  .option('--seconds <count>', 'how long presses are made', whole, FLEET.seconds)
  .option(
    '--gateway <url>',
    'a gateway that runs, such as mqtt://10.0.0.5:1883; one of its own when left out',
    gatewayOf,
  )
  .option('--devices-file <file>', 'of that gateway: lines as `pingjia device register` prints them')
  .option('--json', 'prints the report as the last line', false)
  .addHelpText(
    'after',
    `
Evaluators speak the protocol with real signatures; the firmware itself does not run. On a gateway of its own each press is
for a case of its own and goes on to a province; on one that is named presses are unlinked, and the next run goes on where
this one ended (<file>.progress.json). Exit code 1: a press failed or was not acknowledged; 2: wrong usage.
Example:    npm run sim -- fleet --devices 2000 --rate 50 --seconds 60 --json`,
  )
  .action(async (options: FleetCommandOptions) => {
    const { loadFleet } = await import('./fleet/fleet-command.ts');
    process.exitCode = await loadFleet(options, { out, err });
  });

program
  .command('teeth')
  .description(
    'plants known faults in a copy of the product, one at a time, and runs seeds until each is found',
  )
  .option('--only <words>', 'faults whose name holds them', '')
  .option('--seeds <range>', 'in this order until one finds it, for each fault', rangeOf, '1..200')
  .option('--processes <count>', 'side by side', whole, 2)
  .addHelpText(
    'after',
    '\nPrints the table of fault, seeds needed and invariant. Exit code 1: one was not found.',
  )
  .action(async ({ only, seeds, processes }: { only: string; seeds: string; processes: number }) => {
    const { PLANTED_FAULTS } = await import('./teeth/planted-faults.ts');
    const { runTeeth } = await import('./teeth/teeth-command.ts');
    const faults = PLANTED_FAULTS.filter(({ name }) => name.includes(only));
    process.exitCode = await runTeeth({ faults, seeds, processes, out });
  });

await program.parseAsync();
