// `pingjia device measure`: the report of what only a board can prove, from the board at a port.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import { loadMasterKeys } from '../fleet/master-key.ts';
import { reportLines } from '../fleet/measure/judge.ts';
import { measureBoard } from '../fleet/measure/measure.ts';
import { failureSentence, ProvisionFailure } from '../fleet/provision/failures.ts';
import { lockPassword } from '../fleet/provision/lock-password.ts';
import { DEFAULT_BAUD, openPort } from '../fleet/provision/open-port.ts';
import { PROMPT_LIMITS } from '../fleet/provision/prompt-client.ts';
import { realClock } from '../real-clock.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withFleetAdmin } from './fleet-admin.ts';
import { CliFailure, type CliWorld } from './world.ts';

interface Options {
  config?: string;
  port: string;
  baud: number;
  unlockFile?: string;
  deadAddress: { host: string; port: number };
  restart: boolean;
  json: boolean;
}

/** Of a network for documents (RFC 5737), which nobody routes; the port is that of discarding. */
const DEAD_ADDRESS = '192.0.2.1:9';
const ANSWER_LIMIT_MS = 3000;

export function addMeasureCommand(device: Command, world: CliWorld): void {
  addConfigOption(device.command('measure'))
    .description('measure on a board what only a board can prove, and print the report')
    .requiredOption(
      '--port <port>',
      'serial port such as /dev/ttyUSB0, or tcp://host:port of a serial server',
    )
    .option('--baud <rate>', 'speed of the serial port', wholeNumber, DEFAULT_BAUD)
    .option('--unlock-file <file>', 'file with the password of a prompt that another hall locked')
    .option(
      '--dead-address <address:port>',
      'where nobody answers, in numbers',
      address,
      address(DEAD_ADDRESS),
    )
    .option('--no-restart', 'leave the watchdog out, which restarts the board')
    .option('--json', 'print the report as one JSON object', false)
    .addHelpText(
      'after',
      `
Memory, speed, flash, radio, how long connecting blocks, the watchdog: each row says what was measured, the limit and
where it comes from, and what to do beyond it. device/README.md has the list, with what is to be tried by hand. The
board stays as it is: files, journal, identity and counters are not touched, but for the restart at the end, which
counts as one. Keys wait while it connects: take the evaluator out of service for it. A locked prompt is opened with
the password that this hall gave it; only for that is the configuration needed. On a simulated board (pingjia sim
device) it says that the figures are the simulator's.

Exit codes: 0 every limit is kept; 1 one is not, or the board cannot be reached, and a line says why; 2 wrong usage.
Example:    pingjia device measure --port /dev/ttyUSB0`,
    )
    .action(async (options: Options) => {
      const report = await measure(options, world);
      if (options.json) world.out(JSON.stringify(report));
      else for (const line of reportLines(report)) world.out(line);
      const beyond = report.rows.filter(({ verdict }) => verdict === 'beyond').map(({ id }) => id);
      if (!report.ok) throw new CliFailure([`measure.beyond: Beyond its limit: ${beyond.join(', ')}.`]);
    });
}

async function measure(options: Options, world: CliWorld) {
  try {
    return await measureBoard(
      {
        deadAddress: options.deadAddress.host,
        deadPort: options.deadAddress.port,
        withoutRestart: !options.restart,
      },
      {
        open: () => openPort(options.port, options.baud),
        clock: realClock,
        limits: PROMPT_LIMITS,
        passwords: () => passwordsOf(options, world),
        answersAt,
        say: (sentence) => world.err(sentence),
      },
    );
  } catch (error) {
    if (error instanceof ProvisionFailure) throw new CliFailure([failureSentence(error)]);
    throw error;
  }
}

async function passwordsOf(options: Options, world: CliWorld): Promise<string[]> {
  if (options.unlockFile !== undefined) return [readFileSync(options.unlockFile, 'utf8').trimEnd()];
  const config = readConfig(options, world);
  const { promptLock } = loadMasterKeys(config.masterKeyFile);
  const devices = await withFleetAdmin(config, (admin) => admin.list());
  return devices.map(({ id }) => lockPassword(promptLock, { hall: config.hall.id, id }));
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_LIMIT_MS });
    const end = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above zero.');
}

function address(text: string): { host: string; port: number } {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match && port <= 65_535) return { host: match[1]!, port };
  throw new InvalidArgumentError('It must be a numeric address and a port, such as 192.0.2.1:9.');
}
