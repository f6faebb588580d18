// `pingjia init`: makes what a new hall needs, a data folder, a master key and a configuration. Overwrites nothing.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXAMPLE, exampleConfig } from '../config/example.ts';
import { createMasterKeyFile } from '../fleet/master-key.ts';
import { DEFAULT_CONFIG_FILE } from './configuration.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface InitOptions {
  hall: string;
  name: string;
}

export function addInitCommand(program: Command, world: CliWorld): void {
  program
    .command('init')
    .description('make data folder, master key and configuration for a new hall')
    .argument('[folder]', 'where to make them', '.')
    .option('--hall <id>', 'id of the hall: 1 to 32 of a-z, 0-9 and "-"', EXAMPLE.hall.id)
    .option('--name <name>', 'name of the hall as evaluators show it', EXAMPLE.hall.name)
    .addHelpText(
      'after',
      `
Makes in the folder: ${DEFAULT_CONFIG_FILE} (edit windows and keys there), data/ (the database, empty) and
secrets/master.key (readable by its owner only). Back up master.key apart from data/: without it no evaluator's
key can be read any more. Nothing that exists is overwritten.

Exit codes: 0 made; 1 something is there already or cannot be written; 2 wrong usage.
Example:    pingjia init /srv/pingjia --hall songhua --name 松花江市政务服务中心`,
    )
    .action((folder: string, options: InitOptions) => makeHall(folder, options, world));
}

function makeHall(folder: string, { hall, name }: InitOptions, world: CliWorld): void {
  if (!/^[a-z0-9-]{1,32}$/.test(hall)) {
    throw new CliFailure(['--hall must consist of 1 to 32 of the characters a-z, 0-9 and "-".'], EXIT_USAGE);
  }
  if (name.trim() === '' || name.length > 64) {
    throw new CliFailure(['--name must be a text of 1 to 64 characters.'], EXIT_USAGE);
  }
  const root = resolve(folder);
  const config = join(root, DEFAULT_CONFIG_FILE);
  const masterKey = join(root, 'secrets', 'master.key');
  for (const path of [config, masterKey]) {
    if (existsSync(path)) {
      throw new CliFailure([`${path} is there already. Choose another folder, or move it away.`]);
    }
  }
  try {
    mkdirSync(join(root, 'data'), { recursive: true, mode: 0o750 });
    mkdirSync(join(root, 'secrets'), { recursive: true, mode: 0o700 });
    createMasterKeyFile(masterKey);
    writeFileSync(config, exampleConfig({ ...EXAMPLE, hall: { id: hall, name } }), { flag: 'wx' });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new CliFailure([
      `${path ?? root} cannot be written (${code}). Choose a folder this user may write to.`,
    ]);
  }
  world.out(`Made ${config}, ${join(root, 'data')} and ${masterKey}.`);
  world.out(`Next: pingjia key new --name <system>, then pingjia gateway --config ${config}`);
}
