// `pingjia anchor`: writes the head of the chain to the anchor file now, for instance before a medium is taken away.
import type { Command } from 'commander';
import { addConfigOption, readConfig } from './configuration.ts';
import { withDatabase } from './with-database.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

export function addAnchorCommand(program: Command, world: CliWorld): void {
  addConfigOption(program.command('anchor'))
    .description('append the head of the chain of facts to the anchor file now; the gateway does so daily')
    .addHelpText(
      'after',
      `
Appends one line of JSON to anchor.file and prints it: hall, time, newest fact, its chain value, a MAC. Keep the file,
or copies of its lines, where whoever administers this machine cannot change them: \`pingjia verify\` then shows
whether anything before the line was changed, taken away or made anew, whoever held the keys of this machine.

Exit codes: 0 appended; 1 the file or the database cannot be used; 2 anchor.file is not set, or wrong usage.
Example:    pingjia anchor --config pingjia.yaml`,
    )
    .action(async (options: { config?: string }) => {
      const config = readConfig(options, world);
      const { file } = config.anchor;
      if (file === undefined) throw new CliFailure(['anchor.file is not set.'], EXIT_USAGE);
      const { appendAnchor } = await import('../anchor/anchor-file.ts');
      const line = await withDatabase(config, ({ reader, masterKeys, clock }) =>
        appendAnchor({ file, hall: config.hall.id, reader, clock, anchorKey: masterKeys.anchor }),
      ).catch((error: NodeJS.ErrnoException) => {
        if (error.code === undefined || error instanceof CliFailure) throw error;
        throw new CliFailure([`${file} cannot be written (${error.code}).`]);
      });
      world.out(line ?? 'There is no fact yet.');
    });
}
