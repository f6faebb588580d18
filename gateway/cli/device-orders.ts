// `pingjia device replace|rekey|reboot|logs`: orders to evaluators in service, and what they told of themselves.
import { type Command, InvalidArgumentError } from 'commander';
import { EVENTS_ANSWER_LIMIT } from '../fleet/admin.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { eventLine } from './device-lines.ts';
import { withFleetAdmin } from './fleet-admin.ts';
import { orFail } from './running-gateway.ts';
import type { CliWorld } from './world.ts';

interface ConfigOption {
  config?: string;
}

const DEFAULT_LIMIT = 100;

export function addDeviceOrders(device: Command, world: CliWorld): void {
  addConfigOption(device.command('replace'))
    .description('give the window of an evaluator to a new one')
    .argument('<id>', 'id of the evaluator that goes')
    .option('--id <id>', 'id of the new one (default: named after the window)')
    .option('--force', 'revoke the old one at once: presses it still holds are lost', false)
    .addHelpText(
      'after',
      `
The new evaluator has the window from now on; pingjia device provision then makes a board into it. The old one is
shown as paused, may still deliver what it holds, and is revoked by itself once it reports that nothing is left. One
that never comes back is revoked with pingjia device revoke, or here with --force.

Exit codes: 0 done; 1 no such evaluator, it is revoked, or the id is taken; 2 wrong configuration or usage.
Example:    pingjia device replace a03 --config pingjia.yaml`,
    )
    .action(
      async (old: string, { id, force, ...options }: ConfigOption & { id?: string; force: boolean }) => {
        const done = await withFleetAdmin(readConfig(options, world), async (admin) =>
          orFail(await admin.replace({ old, id, force })),
        );
        const window = done.window ?? '-';
        world.out(
          `Evaluator ${done.id} has window ${window}: pingjia device provision --window ${window} --port <port>.`,
        );
        world.out(force ? `${old} is revoked.` : `${old} is revoked once it has delivered what it holds.`);
      },
    );

  addConfigOption(device.command('rekey'))
    .description('give an evaluator a new key over the air')
    .argument('<id>', 'id of the evaluator')
    .addHelpText(
      'after',
      `
The key is sent now if the evaluator is connected, or else when it next says hello. Presses made before are taken
under the key they were made with. Once the evaluator has connected with the new key, the old one connects no more.
Back up the database afterwards: a copy from before does not know the new key. pingjia device show tells how it stands.

Exit codes: 0 made; 1 no such evaluator, or it is revoked; 2 wrong configuration or usage.
Example:    pingjia device rekey a03 --config pingjia.yaml`,
    )
    .action(async (id: string, options: ConfigOption) => {
      const { gen, sent } = await withFleetAdmin(readConfig(options, world), async (admin) =>
        orFail(await admin.rekey(id)),
      );
      world.out(
        `Key ${gen} of ${id} is made; it is sent ${sent ? 'now' : 'when the evaluator next says hello'}.`,
      );
    });

  addConfigOption(device.command('reboot'))
    .description('restart an evaluator; a press that is being made is finished first')
    .argument('<id>', 'id of the evaluator')
    .addHelpText(
      'after',
      `
Exit codes: 0 ordered; 1 no such evaluator, or it is not connected to a running gateway; 2 wrong configuration or
            usage.
Example:    pingjia device reboot a03 --config pingjia.yaml`,
    )
    .action(async (id: string, options: ConfigOption) => {
      await withFleetAdmin(readConfig(options, world), async (admin) => orFail(await admin.reboot(id)));
      world.out(`${id} restarts.`);
    });

  addConfigOption(device.command('logs'))
    .description(
      'what an evaluator told of itself: hello, offline, faults, flash errors, stuck keys, updates, gaps',
    )
    .argument('<id>', 'id of the evaluator')
    .option('--limit <lines>', `how many of the newest, at most ${EVENTS_ANSWER_LIMIT}`, limit, DEFAULT_LIMIT)
    .addHelpText(
      'after',
      `
One line each, oldest first: time in UTC, what, details as name=value. "clean=false" in a hello means that the run
before ended by itself: power, or a crash. "gap" and "quarantine" name sequences of records. The newest 1,000 events
of each evaluator are kept.

Exit codes: 0 listed; 1 no such evaluator, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia device logs a03 --limit 20 --config pingjia.yaml`,
    )
    .action(async (id: string, options: ConfigOption & { limit: number }) => {
      const { events } = await withFleetAdmin(readConfig(options, world), async (admin) =>
        orFail(await admin.events(id, options.limit)),
      );
      for (const event of events) world.out(eventLine(event));
      if (events.length === 0) world.out(`${id} has told nothing yet.`);
    });
}

function limit(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= EVENTS_ANSWER_LIMIT) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${EVENTS_ANSWER_LIMIT}.`);
}
