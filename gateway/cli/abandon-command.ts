// `pingjia device abandon`: after a restore, a person gives up on what an evaluator may still hold.
import type { Command } from 'commander';
import { addConfigOption, readConfig } from './configuration.ts';
import { withOperator } from './operator.ts';
import { orFail } from './running-gateway.ts';
import type { CliWorld } from './world.ts';

interface AbandonOptions {
  config?: string;
  by: string;
  reason: string;
}

export function addAbandonCommand(device: Command, world: CliWorld): void {
  addConfigOption(device.command('abandon'))
    .description('after a restore: wait no longer for what an evaluator may still hold')
    .argument('<id>', 'id of the evaluator')
    .requiredOption('--by <who>', 'badge ID or name of who decides; kept for good')
    .requiredOption('--reason <text>', 'why it will not come back; kept for good')
    .addHelpText(
      'after',
      `
Since a restore, the terms of an evaluator's window do not end and nothing of the window goes upstream until the
evaluator has sent again what it keeps. One that is broken or lost never will. If it comes back after all, its presses
are taken, and one made in time replaces a default.

Exit codes: 0 done, or nobody waited for it; 1 device.unknown; gateway.silent, gateway.busy: the running gateway
            cannot do it, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device abandon a01 --by A1023 --reason "water damage" --config pingjia.yaml`,
    )
    .action(async (id: string, { by, reason, ...options }: AbandonOptions) => {
      const result = await withOperator(readConfig(options, world), (operator) =>
        operator.abandonDevice({ id, by, reason }),
      );
      world.out(
        orFail(result).change === 'updated' ? `${id} is not waited for any more.` : `Nobody waits for ${id}.`,
      );
    });
}
