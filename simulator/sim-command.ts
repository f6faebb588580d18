// `pingjia sim device`: one evaluator on this machine, against any gateway. Registered by bin/pingjia.js, because
// the gateway's command line knows nothing of the simulator; everything heavy is loaded when it runs.
import { type Command, Option } from 'commander';
import { CliFailure, type CliWorld, EXIT_USAGE } from '../gateway/cli/world.ts';
import { BOARDS } from '../scripts/firmware/boards.ts';
import type { SimDeviceOptions } from './sim-device.ts';

interface Flags extends Pick<SimDeviceOptions, 'folder' | 'engine' | 'board' | 'blank'> {
  prompt: string;
  gateway?: string;
  wifi?: string;
}

export function addSimCommand(program: Command, world: CliWorld): void {
  const sim = program.command('sim').description('simulated parts of a hall, for developers');

  sim
    .command('device')
    .description('run one evaluator with its serial prompt on a TCP port')
    .option('--prompt <address:port>', 'where the prompt is; port 0 takes a free one', '127.0.0.1:0')
    .option('--folder <folder>', 'flash and Storage of the evaluator; continues there', './data/sim-device')
    .option('--gateway <address:port>', 'gateway to connect to, written as pj.net; address in numbers')
    .option('--blank', 'as a new board: an interpreter without any firmware', false)
    .addOption(
      new Option('--engine <engine>', 'what runs it; espruino needs ESPRUINO=<path of the interpreter>')
        .choices(['node', 'espruino'])
        .default('node'),
    )
    .addOption(
      new Option('--board <board>', 'whose firmware; the espruino engine is linux only')
        .choices(BOARDS)
        .default('linux'),
    )
    .option('--wifi <name:password>', 'the only Wi-Fi in reach of an ESP32 board (default: any)')
    .addHelpText(
      'after',
      `
Prints "ready" and the address of the prompt, then what the evaluator's console says, until SIGINT or SIGTERM. At the
prompt a linux board has press(1) to press(5) for its keys. The prompt speaks as the interpreter's: echo, packets, a
locked console; pingjia device provision --port tcp://… and EspruinoTools work on it as on a board. It serves one
caller at a time. With --engine espruino the interpreter takes bytes 3 and 4 for itself: no binary packets.

Exit codes: 0 stopped when asked; 1 the port is taken or the evaluator ended by itself; 2 wrong usage.
Example:    pingjia sim device --blank --prompt 127.0.0.1:2323`,
    )
    .action(async ({ prompt, gateway, wifi, ...flags }: Flags) => {
      const options: SimDeviceOptions = {
        ...flags,
        prompt: address(prompt, '--prompt'),
        gateway: gateway === undefined ? undefined : address(gateway, '--gateway'),
        wifi: wifi === undefined ? undefined : network(wifi),
        interpreter: world.environment.ESPRUINO,
      };
      if (flags.engine === 'espruino' && !options.interpreter)
        throw new CliFailure(['--engine espruino needs ESPRUINO=<path of the interpreter>.'], EXIT_USAGE);
      if (flags.engine === 'espruino' && flags.board !== 'linux')
        throw new CliFailure(['--engine espruino runs --board linux only.'], EXIT_USAGE);
      const { startSimDevice } = await import('./sim-device.ts');
      const ended = { reason: '' };
      let fail: () => void = () => undefined;
      const failed = new Promise<void>((resolve) => {
        fail = resolve;
      });
      const device = await startSimDevice(options, {
        onLine: (line) => world.out(line),
        onExit: (reason) => {
          ended.reason = reason;
          fail();
        },
      }).catch((error: Error) => {
        throw new CliFailure([`The evaluator does not run: ${error.message}.`]);
      });
      world.out(`ready prompt tcp://${options.prompt.host}:${device.promptPort}`);
      await Promise.race([world.stopRequested(), failed]);
      await device.stop();
      if (ended.reason !== '') throw new CliFailure([`The evaluator ended: ${ended.reason}`]);
    });
}

function address(text: string, option: string): { host: string; port: number } {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match && port <= 65_535) return { host: match[1]!, port };
  throw new CliFailure(
    [`${option} must be a numeric address and a port, such as 127.0.0.1:2323.`],
    EXIT_USAGE,
  );
}

function network(text: string): { name: string; password: string } {
  const at = text.indexOf(':');
  if (at > 0) return { name: text.slice(0, at), password: text.slice(at + 1) };
  throw new CliFailure(['--wifi must be a name and a password with a colon between.'], EXIT_USAGE);
}
