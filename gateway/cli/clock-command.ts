// `pingjia clock confirm`: a person says that the machine's clock is right, after the gateway doubted it.
import type { Command } from 'commander';
import { addConfigOption, readConfig } from './configuration.ts';
import { withOperator } from './operator.ts';
import type { CliWorld } from './world.ts';

export function addClockCommand(program: Command, world: CliWorld): void {
  const clock = program.command('clock').description('confirm the clock of the machine');

  addConfigOption(clock.command('confirm'))
    .description('say that the clock is right, so that terms end and defaults are set again')
    .addHelpText(
      'after',
      `
The gateway sets no default while its clock is in doubt: it jumped by more than 5 minutes, lies before what is
stored, or the gateway was off for more than a day. Compare the printed time with a watch first. A running gateway
is asked itself and goes on within a minute.

Exit codes: 0 confirmed, or not in doubt; 1 gateway.silent, gateway.busy: the running gateway
            cannot do it, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia clock confirm --config pingjia.yaml`,
    )
    .action(async (options: { config?: string }) => {
      const { change, atMs } = await withOperator(readConfig(options, world), (operator) =>
        operator.confirmClock(),
      );
      const time = new Date(atMs).toISOString();
      world.out(
        change === 'updated' ? `The clock is confirmed: ${time}.` : `The clock is not in doubt: ${time}.`,
      );
    });
}
