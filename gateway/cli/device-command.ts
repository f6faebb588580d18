// `pingjia device register|list|revoke`: the evaluators of the hall. Works on the database itself, so the gateway
// may run or not.
import type { Command } from 'commander';
import { addAbandonCommand } from './abandon-command.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withDatabase } from './with-database.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface ConfigOption {
  config?: string;
}

export function addDeviceCommand(program: Command, world: CliWorld): void {
  const device = program.command('device').description('register, list and revoke evaluators');

  addConfigOption(device.command('register'))
    .description('register an evaluator at a window: makes its key and prints the line for its prompt')
    .requiredOption('--id <id>', 'id of the evaluator: 1 to 32 of a-z, 0-9 and "-"')
    .requiredOption('--window <window>', 'id of a window in the configuration')
    .addHelpText(
      'after',
      `
Prints one line on standard output: provision({...}). Type it at the evaluator's prompt; it restarts and connects.
The line holds the evaluator's key and is shown only now. The gateway may be running.

Exit codes: 0 registered; 1 the id or the window is taken, or the database cannot be opened; 2 wrong configuration
            or usage.
Example:    pingjia device register --config pingjia.yaml --id a01 --window a01`,
    )
    .action(async (options: ConfigOption & { id: string; window: string }) => {
      const config = readConfig(options, world);
      const { id, window } = options;
      checkId(id);
      if (!config.windows.some((known) => known.id === window)) {
        const ids = config.windows.map((known) => known.id).join(', ') || 'none';
        throw new CliFailure(
          [
            `The configuration has no window "${window}"; it has ${ids}. Use one of them, or add it under windows.`,
          ],
          EXIT_USAGE,
        );
      }
      const made = await withDatabase(config, ({ registry }) =>
        registry.register({ id, hall: config.hall.id, window }),
      );
      if ('code' in made) throw new CliFailure([takenSentence[made.code]]);
      world.out(`provision(${JSON.stringify(made)})`);
    });

  addConfigOption(device.command('list'))
    .description('list the evaluators: id, window, state, stored records')
    .addHelpText(
      'after',
      `
"records" is the sequence up to which everything of the evaluator is stored. Who is online: pingjia status.

Exit codes: 0 listed; 1 the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device list --config pingjia.yaml`,
    )
    .action(async (options: ConfigOption) => {
      const devices = await withDatabase(readConfig(options, world), async ({ reader }) => reader.devices());
      for (const { id, window, revokedMs, watermark } of devices) {
        const state = revokedMs === undefined ? 'registered' : `revoked ${new Date(revokedMs).toISOString()}`;
        world.out(`${id}\t${window ?? '-'}\t${state}\trecords ${watermark}`);
      }
      if (devices.length === 0) world.out('No evaluator is registered.');
    });

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
      const result = await withDatabase(readConfig(options, world), ({ registry }) => registry.revoke(id));
      if (!result.ok) throw new CliFailure([`There is no evaluator "${id}". See pingjia device list.`]);
      world.out(`${id} is revoked.`);
    });

  addAbandonCommand(device, world);
}

const takenSentence = {
  'device.exists':
    'An evaluator with that id is registered already. Choose another --id; an id is never used twice.',
  'window.occupied': 'That window has an evaluator already. Revoke it first, or choose another --window.',
};

function checkId(id: string): void {
  if (/^[a-z0-9-]{1,32}$/.test(id)) return;
  throw new CliFailure(['--id must consist of 1 to 32 of the characters a-z, 0-9 and "-".'], EXIT_USAGE);
}
