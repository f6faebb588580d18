// `pingjia gateway`: runs the gateway of a hall until it is told to stop.
import type { Command } from 'commander';
import { StartFailure } from '../start-failure.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { CliFailure, type CliWorld } from './world.ts';

export function addGatewayCommand(program: Command, world: CliWorld): void {
  addConfigOption(program.command('gateway'))
    .description('run the gateway of a hall')
    .addHelpText(
      'after',
      `
Opens the database (makes it when missing), the MQTT broker with the UDP probe, the HTTP API and the way upstream.
When everything is open it prints one line: "ready" and the addresses. The log goes to standard error, one JSON
object a line. SIGINT and SIGTERM stop it in order: what it acknowledged is on disk, the rest comes again.

Exit codes: 0 stopped when asked; 1 could not start or run (port in use, data folder without permission, database
            of a newer version; one line says which and what to do); 2 the configuration is wrong.
Example:    pingjia gateway --config /etc/pingjia/pingjia.yaml`,
    )
    .action(async (options: { config?: string }) => {
      const config = readConfig(options, world);
      // Loaded here only, so that every other command answers at once.
      const { startGateway } = await import('../compose.ts');
      // From now on: told to stop as soon as it says that it is ready, it must stop in order.
      const stopRequested = world.stopRequested();
      try {
        const gateway = await startGateway(config);
        const { mqtt, http } = gateway.addresses;
        world.out(`ready mqtt://${mqtt.host}:${mqtt.port} http://${http.host}:${http.port}`);
        const { reportReady } = await import('../supervision.ts');
        const { realClock } = await import('../real-clock.ts');
        const warn = (fields: object, message: string) =>
          world.err(JSON.stringify({ ...fields, msg: message }));
        const supervision = reportReady({ environment: world.environment, clock: realClock, log: { warn } });
        const reason = await Promise.race([gateway.lost, stopRequested]);
        supervision.stopping();
        await gateway.stop();
        if (reason !== undefined) throw new CliFailure([reason]);
      } catch (error) {
        if (error instanceof StartFailure) throw new CliFailure([error.message]);
        throw error;
      }
    });
}
