// How every command finds and reads its configuration: --config, else PINGJIA_CONFIG, else ./pingjia.yaml.
import type { Command } from 'commander';
import { type GatewayConfig, loadConfig } from '../config/load.ts';
import { sentenceOf } from '../config/problems.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

export const DEFAULT_CONFIG_FILE = 'pingjia.yaml';

export function addConfigOption(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    `configuration file (default: $PINGJIA_CONFIG, else ./${DEFAULT_CONFIG_FILE})`,
  );
}

export function configFile(options: { config?: string }, world: CliWorld): string {
  return options.config ?? world.environment.PINGJIA_CONFIG ?? DEFAULT_CONFIG_FILE;
}

/** Throws a failure with one sentence per mistake and exit code 2. */
export function readConfig(options: { config?: string }, world: CliWorld): GatewayConfig {
  const result = loadConfig({ file: configFile(options, world), environment: world.environment });
  if (result.ok) return result.config;
  throw new CliFailure(result.problems.map(sentenceOf), EXIT_USAGE);
}
