// `pingjia backup` and `pingjia restore`: the database of a hall, while the gateway runs and into an empty folder.
import type { Command } from 'commander';
import { addConfigOption, readConfig } from './configuration.ts';
import { CliFailure, type CliWorld } from './world.ts';

export function addBackupCommands(program: Command, world: CliWorld): void {
  addConfigOption(program.command('backup'))
    .description('copy the database while the gateway runs, and check the copy')
    .requiredOption('--to <folder>', 'folder that gets a new folder with the backup; best on another machine')
    .addHelpText(
      'after',
      `
Writes <folder>/<hall>-<time>/ with the database and a manifest, reads both back, and prints where they are. The
master key is not in it: keep that apart. Evaluators hold what they sent for weeks, so a backup a day is enough.

Exit codes: 0 written and checked; 1 not, and nothing is left of it; 2 wrong configuration or usage.
Example:    pingjia backup --to /mnt/backup --config pingjia.yaml`,
    )
    .action(async ({ to, ...options }: { config?: string; to: string }) => {
      const config = readConfig(options, world);
      const { BackupFailed, takeBackup } = await import('../backup/backup.ts');
      const { loadMasterKeys } = await import('../fleet/master-key.ts');
      const { realClock } = await import('../real-clock.ts');
      try {
        const { folder, manifest } = await takeBackup({
          hall: config.hall.id,
          dataFolder: config.dataFolder,
          chainKey: loadMasterKeys(config.masterKeyFile).chain,
          into: to,
          nowMs: realClock.nowMs(),
          onProgress: ({ bytes, ofAboutBytes }) =>
            world.err(`copied ${mebibytes(bytes)} of about ${mebibytes(ofAboutBytes)}`),
        });
        world.out(
          `${folder}: ${manifest.evaluations} evaluations, facts to ${manifest.lastFact.id}, ${mebibytes(manifest.bytes)}, checked.`,
        );
      } catch (error) {
        if (error instanceof BackupFailed) throw new CliFailure([error.message]);
        throw error;
      }
    });

  addConfigOption(program.command('restore'))
    .description('put a backup in the place of the database, in a new epoch')
    .argument('<folder>', 'folder that `pingjia backup` wrote')
    .option('--force', 'also where there is a database: it is kept under another name')
    .addHelpText(
      'after',
      `
Checks manifest, content and chain of facts before anything is moved. The gateway must not be running. Start it
afterwards: evaluators send again what came after the backup, and until each has, the terms of its window do not end
and nothing of it goes upstream. \`pingjia status\` shows who is waited for; \`pingjia device abandon\` ends that.

Exit codes: 0 restored; 1 not, and the database is as it was; 2 wrong configuration or usage.
Example:    pingjia restore /mnt/backup/songhua-20260302T020000Z --config pingjia.yaml`,
    )
    .action(async (from: string, { force, ...options }: { config?: string; force?: boolean }) => {
      const config = readConfig(options, world);
      const { RestoreRefused, restoreBackup } = await import('../backup/restore.ts');
      const { loadMasterKeys } = await import('../fleet/master-key.ts');
      const { realClock } = await import('../real-clock.ts');
      try {
        const { manifest, epoch, awaited, kept } = await restoreBackup({
          hall: config.hall.id,
          dataFolder: config.dataFolder,
          chainKey: loadMasterKeys(config.masterKeyFile).chain,
          from,
          force: force === true,
          nowMs: realClock.nowMs(),
        });
        if (kept !== undefined) world.out(`The database that was there is kept in ${kept}.`);
        world.out(
          `Restored the backup of ${manifest.madeAt}: ${manifest.evaluations} evaluations, epoch ${epoch}. When the gateway runs, ${awaited} evaluators are asked for what came after it.`,
        );
      } catch (error) {
        if (error instanceof RestoreRefused) throw new CliFailure([error.message]);
        throw error;
      }
    });
}

const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
