// `npm run bench -- <name>`: measurements of gateway and firmware, side by side with what it is compared to. Talks only to
// loopback, starts its own programs, ends by itself; README.md beside this file says how to read the figures.
import { Command, InvalidArgumentError } from 'commander';

const ALL_SYSTEMS = ['pingjia', 'reference-naive', 'reference-group', 'mosquitto', 'sink'];

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on');
  return value;
};

const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
/** Nothing but the result where that was asked for. */
const sayUnless = (json: boolean | undefined) =>
  json ? () => undefined : (line: string): void => void process.stderr.write(`${line}\n`);

const program = new Command('bench').description(
  'measures gateway and firmware; the last line is one JSON object',
);

program
  .command('ingest')
  .description('records a second over the full path, against two references, Mosquitto and the disk')
  .option('--json', 'print only the JSON object')
  .option('--rounds <count>', 'interleaved rounds', whole, 3)
  .option('--seconds <count>', 'length of one measurement', whole, 2)
  .option('--connections <list>', 'numbers of evaluators', '200,1000')
  .option('--systems <list>', 'what is measured', ALL_SYSTEMS.join(','))
  .option('--windows <list>', 'records in flight of each evaluator', '1,16')
  .action(
    async (options: {
      json?: boolean;
      rounds: number;
      seconds: number;
      connections: string;
      windows: string;
      systems: string;
    }) => {
      const { benchIngest } = await import('./ingest/ingest.ts');
      await benchIngest({
        rounds: options.rounds,
        roundMs: options.seconds * 1000,
        connections: options.connections.split(',').map(whole),
        systems: options.systems.split(','),
        windows: options.windows.split(',').map(whole),
        say: sayUnless(options.json),
        result: print,
      });
    },
  );

program
  .command('storm')
  .description('evaluators of a whole city hall that connect at once, with proofs')
  .option('--json', 'print only the JSON object')
  .option('--devices <count>', 'evaluators', whole, 5000)
  .action(async ({ devices }: { devices: number }) => {
    const { benchStorm } = await import('./storm.ts');
    print(await benchStorm(devices));
  });

program
  .command('start')
  .description('from the start of the program to its readiness, with many cases in the database')
  .option('--json', 'print only the JSON object')
  .option('--cases <count>', 'cases in the database', whole, 1_000_000)
  .option('--rounds <count>', 'starts', whole, 5)
  .action(async ({ cases, rounds }: { cases: number; rounds: number }) => {
    const { benchStart } = await import('./start.ts');
    print(await benchStart({ cases, rounds }));
  });

program
  .command('sweep')
  .description('many terms that end at once in a large hall, and how long intake waits meanwhile')
  .option('--json', 'print only the JSON object')
  .option('--cases <count>', 'cases in the database', whole, 1_000_000)
  .option('--due <count>', 'of them with a term that has ended', whole, 50_000)
  .action(async (options: { json?: boolean; cases: number; due: number }) => {
    const { benchSweep } = await import('./sweep/sweep.ts');
    const result = await benchSweep({
      cases: options.cases,
      due: options.due,
      say: sayUnless(options.json),
    });
    print(result);
  });

program
  .command('firmware')
  .description('size, memory and speed of the built firmware on the real interpreter that ESPRUINO names')
  .option('--json', 'print only the JSON object')
  .option('--rounds <count>', 'cards shown and keys pressed', whole, 7)
  .action(async (options: { json?: boolean; rounds: number }) => {
    const interpreter = process.env.ESPRUINO;
    if (!interpreter) return program.error('firmware needs ESPRUINO=<path of the interpreter>');
    const { benchFirmware } = await import('./firmware/firmware.ts');
    const say = sayUnless(options.json);
    print(await benchFirmware({ interpreter, rounds: options.rounds, say }));
  });

program
  .command('fleet')
  .description('evaluators that reconnect after a power cut of the hall, in virtual time')
  .option('--json', 'print only the JSON object')
  .option('--devices <count>', 'evaluators', whole, 200)
  .option('--records <count>', 'unsent records of each', whole, 20)
  .option('--gateway-after <seconds>', 'until the gateway is up', whole, 60)
  .option('--seed <number>', 'of the keys and so of the jitter', whole, 1)
  .action(async (options: { devices: number; records: number; gatewayAfter: number; seed: number }) => {
    const { benchFleet } = await import('./fleet/fleet.ts');
    const { devices, records, gatewayAfter, seed } = options;
    print(await benchFleet({ devices, records, gatewayAfterSeconds: gatewayAfter, seed }));
  });

program
  .command('sim')
  .description(
    'virtual seconds a second of a simulated working day, with the built firmware and the whole gateway',
  )
  .option('--json', 'print only the JSON object')
  .option('--windows <count>', 'windows of the hall', whole, 40)
  .option('--seed <number>', 'of the day', whole, 7)
  .action(async ({ windows, seed }: { windows: number; seed: number }) => {
    const { benchSim } = await import('./sim.ts');
    print(await benchSim({ windows, seed }));
  });

await program.parseAsync();
