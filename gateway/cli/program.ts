// The command line: builds the commands, runs one, and turns what happened into an exit code. Prints failures as
// plain lines on standard error, never a stack of an expected one.
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { addAnchorCommand } from './anchor-command.ts';
import { addBackupCommands } from './backup-command.ts';
import { addBrokerCommand } from './broker-command.ts';
import { addClockCommand } from './clock-command.ts';
import { addConfigCommand } from './config-command.ts';
import { addDeviceCommand } from './device-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addExportCommand } from './export-command.ts';
import { addGatewayCommand } from './gateway-command.ts';
import { addInitCommand } from './init-command.ts';
import { addKeyCommand } from './key-command.ts';
import { addPersonCommand } from './person-command.ts';
import { addReleaseCommand } from './release-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addUpdateCommand } from './update-command.ts';
import { addUpstreamCommand } from './upstream-command.ts';
import { addVerifyCommand } from './verify-command.ts';
import { CliFailure, type CliWorld, EXIT_FAILED, EXIT_USAGE } from './world.ts';

export type AddCommand = (program: Command, world: CliWorld) => void;

/** `more` are groups of commands that the gateway itself may not know. */
export async function runCommandLine(
  argv: readonly string[],
  world: CliWorld,
  more: readonly AddCommand[] = [],
): Promise<number> {
  const program = makeProgram(world);
  for (const add of more) add(program, world);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof CliFailure) {
      for (const sentence of error.sentences) world.err(`pingjia: ${sentence}`);
      return error.exitCode;
    }
    world.err(`pingjia: this should not have happened; please report it. ${(error as Error).stack ?? error}`);
    return EXIT_FAILED;
  }
}

export function makeProgram(world: CliWorld): Command {
  const program = new Command('pingjia')
    .description('Gateway of a hall of evaluators for the government-service good-or-bad review (好差评).')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.out(text.trimEnd()),
      writeErr: (text) => world.err(text.trimEnd()),
    })
    .showHelpAfterError('Try the same with --help.')
    .addHelpText(
      'after',
      `
A new hall: pingjia init ./hall, then key new, device register, gateway. Guide: gateway/README.md.
Exit codes of every command: 0 done; 1 failed; 2 wrong configuration or usage.`,
    );
  for (const add of [
    addGatewayCommand,
    addConfigCommand,
    addInitCommand,
    addDeviceCommand,
    addKeyCommand,
    addStatusCommand,
    addUpstreamCommand,
    addClockCommand,
    addBackupCommands,
    addPersonCommand,
    addVerifyCommand,
    addExportCommand,
    addAnchorCommand,
    addReleaseCommand,
    addUpdateCommand,
    addBrokerCommand,
    addDoctorCommand,
  ]) {
    add(program, world);
  }
  return program;
}
