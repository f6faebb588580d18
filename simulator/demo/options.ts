// The command line of the demo. Wrong use is told in one sentence and ends with exit code 2.
import { Command, InvalidArgumentError, Option } from 'commander';
import { WINDOWS_LIMIT } from '../window-system/roster.ts';

export interface DemoOptions {
  engine: 'node' | 'espruino';
  /** Undefined: ./data/demo, or a fresh folder with `exitAfterSeconds`. */
  data: string | undefined;
  /** Undefined: until Ctrl-C. */
  exitAfterSeconds: number | undefined;
  json: boolean;
  page: boolean;
  /** Undefined: the usual one, or a free one if that is taken. */
  port: number | undefined;
  seed: number;
  windows: number;
}

const DEFAULT_SEED = 1;
const EXIT_AFTER_LIMIT_SECONDS = 86_400;

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

export function parseDemoOptions(argv: string[]): DemoOptions {
  const program = new Command('npm run demo --')
    .description('A hall in a box: evaluators, gateway, window system, applicants and the provincial system.')
    .option(
      '--exit-after <seconds>',
      'no new card after this time, drain for at most 20 s, print the account, end',
      wholeNumber(1, EXIT_AFTER_LIMIT_SECONDS),
    )
    .option(
      '--json',
      'end with one line of JSON on standard output; everything else goes to standard error',
      false,
    )
    .addOption(
      new Option('--engine <engine>', 'what runs the firmware; espruino needs ESPRUINO=<interpreter>')
        .choices(['node', 'espruino'])
        .default('node'),
    )
    .option(
      '--data <folder>',
      'where everything is kept; a second start continues (default: ./data/demo, with --exit-after a fresh one)',
    )
    .option('--port <number>', 'port of the page on this machine', wholeNumber(1, 65_535))
    .option(
      '--seed <number>',
      'decides what applicants and windows do',
      wholeNumber(0, 0xffffffff),
      DEFAULT_SEED,
    )
    .option('--no-page', 'without the page')
    .option('--windows <number>', 'windows of the hall', wholeNumber(1, WINDOWS_LIMIT), 3)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  const given = program.parse(argv, { from: 'user' }).opts<{
    exitAfter?: number;
    json: boolean;
    engine: 'node' | 'espruino';
    data?: string;
    port?: number;
    seed: number;
    page: boolean;
    windows: number;
  }>();
  return {
    engine: given.engine,
    data: given.data,
    exitAfterSeconds: given.exitAfter,
    json: given.json,
    page: given.page,
    port: given.port,
    seed: given.seed,
    windows: given.windows,
  };
}
