// `pingjia broker export`: users and access rules for a broker that is not the gateway's own.
import type { Command } from 'commander';
import type { BrokerAccount, BrokerFile } from '../broker/export/accounts.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withDatabase } from './with-database.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface ExportOptions {
  config?: string;
  to: string;
  port: string;
}

export function addBrokerCommand(program: Command, world: CliWorld): void {
  const broker = program.command('broker').description('use a Mosquitto, EMQX or NATS as broker');

  addConfigOption(broker.command('export'))
    .description('write users and access rules of all evaluators and of the gateway for another broker')
    .argument('<kind>', 'mosquitto or nats')
    .requiredOption('--to <folder>', 'folder that gets the files; replaced when there')
    .option('--port <port>', 'TCP port for MQTT that the files name', '1883')
    .addHelpText(
      'after',
      `
Every evaluator may use its own topics only. Passwords are in the files as hashes. Export again after registering or
revoking an evaluator, and let the broker read the files anew (Mosquitto: SIGHUP; NATS: nats-server --signal reload).
EMQX takes the same rules; enter them there by hand. Evaluators need {"external": true} in their pj.net.

Exit codes: 0 written; 1 the files or the database cannot be opened; 2 wrong configuration or usage, or no
            broker.external in the configuration.
Example:    pingjia broker export mosquitto --to /etc/mosquitto/conf.d --config pingjia.yaml`,
    )
    .action(async (kind: string, { to, port, ...options }: ExportOptions) => {
      const config = readConfig(options, world);
      const { external } = config.broker;
      if (!external)
        throw new CliFailure(
          ['The configuration has no broker.external. Name the broker there, with user and password.'],
          EXIT_USAGE,
        );
      if (kind !== 'mosquitto' && kind !== 'nats')
        throw new CliFailure([`There is no export for "${kind}"; there is mosquitto and nats.`], EXIT_USAGE);
      if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535)
        throw new CliFailure(['--port must be a number from 1 to 65535.'], EXIT_USAGE);
      const { deviceAccount, gatewayAccount } = await import('../broker/export/accounts.ts');
      const devices = await withDatabase(config, async ({ registry, reader }) =>
        reader
          .devices()
          .filter(({ revokedMs }) => revokedMs === undefined)
          .map(({ id }) => registry.find(id)!),
      );
      const accounts = [gatewayAccount(config.hall.id, external), ...devices.map(deviceAccount)];
      const files = await filesOf(kind, { accounts, to, port: Number(port) });
      const { writeBrokerFiles } = await import('../broker/export/write-files.ts');
      const problem = writeBrokerFiles(to, files);
      if (problem !== undefined) throw new CliFailure([problem]);
      world.out(
        `${files.map(({ name }) => name).join(', ')} in ${to}: ${devices.length} evaluators and the gateway.`,
      );
    });
}

async function filesOf(
  kind: 'mosquitto' | 'nats',
  given: { accounts: BrokerAccount[]; to: string; port: number },
): Promise<BrokerFile[]> {
  const { accounts, port } = given;
  if (kind === 'nats') return (await import('../broker/export/nats.ts')).natsFiles(accounts, { port });
  const { mosquittoFiles } = await import('../broker/export/mosquitto.ts');
  const { randomBytes } = await import('node:crypto');
  const { resolve } = await import('node:path');
  return mosquittoFiles(accounts, { place: { folder: resolve(given.to), port }, random: randomBytes });
}
