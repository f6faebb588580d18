// `pingjia device …`: the evaluators of the hall. The running gateway does what is asked; without one the command
// works on the database itself.
import type { Command } from 'commander';
import { addAbandonCommand } from './abandon-command.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { listLine, showLines } from './device-lines.ts';
import { addDeviceOrders } from './device-orders.ts';
import { withFleetAdmin } from './fleet-admin.ts';
import { addMeasureCommand } from './measure-command.ts';
import { addProvisionCommand } from './provision-command.ts';
import { orFail } from './running-gateway.ts';
import { windowOf } from './window-of.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface ConfigOption {
  config?: string;
}

export function addDeviceCommand(program: Command, world: CliWorld): void {
  const device = program.command('device').description('look after evaluators');

  addConfigOption(device.command('register'))
    .description('register an evaluator at a window: makes its key and prints the line for its prompt')
    .requiredOption('--id <id>', 'id of the evaluator: 1 to 32 of a-z, 0-9 and "-"')
    .requiredOption('--window <window>', 'id of a window in the configuration')
    .addHelpText(
      'after',
      `
Prints one line on standard output: provision({...}). Type it at the evaluator's prompt; it restarts and connects.
pingjia device provision does all of this by itself. The line holds the evaluator's key; it is printed again for an
evaluator that has never connected, and never for one that has. The gateway may be running.

Exit codes: 0 registered; 1 the id or the window is taken, or the database cannot be opened; 2 wrong configuration
            or usage.
Example:    pingjia device register --config pingjia.yaml --id a01 --window a01`,
    )
    .action(async (options: ConfigOption & { id: string; window: string }) => {
      const config = readConfig(options, world);
      checkId(options.id);
      const device = { id: options.id, window: windowOf(config, options.window) };
      const { identity } = await withFleetAdmin(config, async (admin) =>
        orFail(await admin.register(device)),
      );
      world.out(`provision(${JSON.stringify(identity)})`);
    });

  addConfigOption(device.command('list'))
    .description('list the evaluators: id, window, state, stored records, link')
    .addHelpText(
      'after',
      `
"records" is the sequence up to which everything of the evaluator is stored. Whether one is online only the running
gateway knows; without it the last column is missing.

Exit codes: 0 listed; 1 the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device list --config pingjia.yaml`,
    )
    .action(async (options: ConfigOption) => {
      const devices = await withFleetAdmin(readConfig(options, world), (admin) => admin.list());
      for (const known of devices) world.out(listLine(known));
      if (devices.length === 0) world.out('No evaluator is registered.');
    });

  addConfigOption(device.command('show'))
    .description('show one evaluator: window, state, link, firmware, what it has not delivered')
    .argument('<id>', 'id of the evaluator')
    .addHelpText(
      'after',
      `
What the evaluator tells of itself is known only while it is connected to the running gateway.

Exit codes: 0 shown; 1 no such evaluator, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device show a01 --config pingjia.yaml`,
    )
    .action(async (id: string, options: ConfigOption) => {
      const { device: shown } = await withFleetAdmin(readConfig(options, world), async (admin) =>
        orFail(await admin.show(id)),
      );
      for (const line of showLines(shown)) world.out(line);
    });

  addProvisionCommand(device, world);
  addMeasureCommand(device, world);
  addDeviceOrders(device, world);

  addConfigOption(device.command('revoke'))
    .description('revoke an evaluator that is lost or replaced')
    .argument('<id>', 'id of the evaluator')
    .addHelpText(
      'after',
      `
It cannot connect any more, and a running gateway ends its connection within a second or two. What it sent stays.
The id is not free again: register the replacement under a new one; its window is free at once.

Exit codes: 0 revoked; 1 no such evaluator, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device revoke a01 --config pingjia.yaml`,
    )
    .action(async (id: string, options: ConfigOption) => {
      await withFleetAdmin(readConfig(options, world), async (admin) => orFail(await admin.revoke(id)));
      world.out(`${id} is revoked.`);
    });

  addAbandonCommand(device, world);
}

function checkId(id: string): void {
  if (/^[a-z0-9-]{1,32}$/.test(id)) return;
  throw new CliFailure(['--id must consist of 1 to 32 of the characters a-z, 0-9 and "-".'], EXIT_USAGE);
}
