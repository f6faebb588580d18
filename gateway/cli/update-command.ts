// `pingjia update start|stop|status`: orders firmware for evaluators, withdraws the order, and tells how
// it goes. The running gateway takes the order and carries it out; without one it waits in the database.
import { type Command, Option } from 'commander';
import type { GatewayConfig } from '../config/load.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withOperator, withReader } from './operator.ts';
import { openRelease } from './release-command.ts';
import { orFail } from './running-gateway.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface ChoiceOptions {
  config?: string;
  devices?: string;
  window?: string;
}
interface StartOptions extends ChoiceOptions {
  release: string;
  force?: true;
}

export function addUpdateCommand(program: Command, world: CliWorld): void {
  const update = program.command('update').description('bring other firmware to evaluators');

  addConfigOption(update.command('start'))
    .description('order a release for evaluators')
    .requiredOption('--release <file>', 'a signed release')
    .addOption(new Option('--devices <ids>', 'ids of evaluators, separated by commas').conflicts('window'))
    .option('--window <id>', 'the evaluator at this window')
    .option('--force', 'also where the version is not newer')
    .addHelpText(
      'after',
      `
Without --devices and --window: every evaluator of the hall. The running gateway updates one after another, never
while a card is shown; a version that does not come back to the gateway gives way to the one before it by itself.
What was ordered for an evaluator before and is not finished is replaced.

Exit codes: 0 ordered; 1 the release is refused, no such evaluator, or the database cannot be opened; 2 wrong
            configuration or usage.
Example:    pingjia update start --release pingjia-1.2.0.release --devices a01,a02`,
    )
    .action((options: StartOptions) => start(options, readConfig(options, world), world));

  addConfigOption(update.command('stop'))
    .description('withdraw an update that is not being installed yet')
    .addOption(new Option('--devices <ids>', 'ids of evaluators, separated by commas').conflicts('window'))
    .option('--window <id>', 'the evaluator at this window')
    .addHelpText(
      'after',
      `
Without --devices and --window: every evaluator of the hall. The gateway sends nothing more of the image within a
second; the evaluator keeps running what it runs. One that has the whole image installs it all the same.

Exit codes: 0 stopped; 1 update.not-open: there is nothing to stop, update.installing: it is too late for all of
            them, no such evaluator, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia update stop --window a01`,
    )
    .action((options: ChoiceOptions) => stop(options, readConfig(options, world), world));

  addConfigOption(update.command('status'))
    .description('how the last update of each evaluator goes')
    .addHelpText(
      'after',
      `
States: ordered, sending (with the bytes the evaluator holds), installing (restarting, not confirmed yet), confirmed,
refused, returned (the version before it runs again), stopped; refused and returned with a code, which protocol/README.md explains.

Exit codes: 0 listed; 1 the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia update status --config pingjia.yaml`,
    )
    .action(async (options: { config?: string }) => {
      const updates = await withReader(readConfig(options, world), (reader) => reader.updates());
      for (const { device, version, state, code, offset, changedMs } of updates) {
        const detail = code ?? (state === 'sending' ? `${offset} bytes` : '-');
        world.out([device, version, state, detail, new Date(changedMs).toISOString()].join('\t'));
      }
      if (updates.length === 0) world.out('No update was ordered.');
    });
}

async function start(options: StartOptions, config: GatewayConfig, world: CliWorld): Promise<void> {
  const { releaseKey } = config.updates;
  if (releaseKey === undefined)
    throw new CliFailure(
      ['update.no-key: updates.releaseKey is not set: no release can be trusted.'],
      EXIT_USAGE,
    );
  const { version, images, text } = await openRelease(options.release, releaseKey);
  const { keepRelease } = await import('../updates/release-files.ts');
  const devices = await chosen(options, config);
  keepRelease(config.dataFolder, version, text);
  const forced = options.force === true;
  orFail(await withOperator(config, (operator) => operator.orderUpdates({ devices, version, forced })));
  const boards = images.map(({ board }) => board).join(', ');
  world.out(`${version} (${boards}) is ordered for ${devices.join(', ')}.`);
}

async function stop(options: ChoiceOptions, config: GatewayConfig, world: CliWorld): Promise<void> {
  const { stopped, installing } = await withOperator(config, async (operator) =>
    operator.stopUpdates(await chosen(options, config)),
  );
  if (stopped.length > 0) world.out(`Stopped for ${stopped.join(', ')}.`);
  const late = `${installing.join(', ')} installs already; order the version it should have with pingjia update start --force.`;
  if (stopped.length > 0 && installing.length > 0) world.out(late);
  if (stopped.length > 0) return;
  throw new CliFailure([
    installing.length > 0
      ? `update.installing: ${late}`
      : 'update.not-open: No update is under way there. See pingjia update status.',
  ]);
}

const chosen = (options: ChoiceOptions, config: GatewayConfig) =>
  withReader(config, (reader) => choose(options, reader.devices()));

function choose(
  options: ChoiceOptions,
  known: readonly { id: string; window: string | undefined; revokedMs: number | undefined }[],
): string[] {
  const inUse = known.filter(({ revokedMs }) => revokedMs === undefined);
  const wanted = options.devices?.split(',');
  const chosen = inUse.filter(({ id, window }) =>
    wanted ? wanted.includes(id) : options.window === undefined || window === options.window,
  );
  const missing = wanted?.filter((id) => !chosen.some((device) => device.id === id)) ?? [];
  if (missing.length > 0) throw new CliFailure([`device.unknown: No such evaluator: ${missing.join(', ')}.`]);
  if (chosen.length === 0)
    throw new CliFailure(['device.none: There is no evaluator to update. See pingjia device list.']);
  return chosen.map(({ id }) => id);
}
