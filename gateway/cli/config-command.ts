// `pingjia config check|print|example`: explains, shows and starts a configuration. Changes nothing.
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { EXAMPLE, exampleConfig } from '../config/example.ts';
import type { ConnectorConfig } from '../config/load.ts';
import { allSettings } from '../config/settings.ts';
import { addConfigOption, configFile, readConfig } from './configuration.ts';
import type { CliWorld } from './world.ts';

const HIDDEN = '(hidden)';

export function addConfigCommand(program: Command, world: CliWorld): void {
  const config = program
    .command('config')
    .description('check, print or start the configuration of a gateway')
    .addHelpText('after', () => `\n${settingsHelp()}`);

  addConfigOption(config.command('check'))
    .description('say whether the configuration is right; if not, one sentence for each mistake')
    .addHelpText(
      'after',
      `
Reads the file, the environment overrides, the master key and the secret for signing. Opens no port, writes nothing.

Exit codes: 0 right; 2 wrong, one line on standard error for each mistake: where, what, how to mend it.
Example:    pingjia config check --config /etc/pingjia/pingjia.yaml`,
    )
    .action((options: { config?: string }) => {
      readConfig(options, world);
      world.out(`${configFile(options, world)} is right.`);
    });

  addConfigOption(config.command('print'))
    .description('print the configuration in force: file, environment overrides and defaults together')
    .addHelpText(
      'after',
      `
Secrets and hashes of keys are printed as ${HIDDEN}; paths are printed in full.

Exit codes: 0 printed; 2 the configuration is wrong.
Example:    pingjia config print --config /etc/pingjia/pingjia.yaml`,
    )
    .action((options: { config?: string }) => {
      const config = readConfig(options, world);
      const shown = {
        ...config,
        http: {
          ...config.http,
          apiKeys: config.http.apiKeys.map((key) => ({ ...key, keySha256: HIDDEN })),
        },
        upstream: config.upstream.map(hideSecrets),
      };
      world.out(stringify(shown).trimEnd());
    });

  config
    .command('example')
    .description('print an example of a configuration file, with comments')
    .addHelpText(
      'after',
      `
\`pingjia init\` writes the same for a hall of yours, with the keys it needs.

Exit codes: 0 printed.
Example:    pingjia config example > pingjia.yaml`,
    )
    .action(() => world.out(exampleConfig(EXAMPLE).trimEnd()));
}

function hideSecrets(connector: ConnectorConfig): object {
  const hidden = Object.entries(connector)
    .filter(([name, value]) => SECRETS.has(name) && value !== undefined)
    .map(([name]) => [name, HIDDEN]);
  const profile = 'profile' in connector ? { profile: connector.profile.name } : {};
  return { ...connector, ...profile, ...Object.fromEntries(hidden) };
}
const SECRETS: ReadonlySet<string> = new Set(['appWord', 'signKey', 'password']);

function settingsHelp(): string {
  const rows = allSettings().map(({ path, environmentName, form, defaultText, required, meaning }) => {
    const fallback = defaultText === undefined ? (required ? 'required' : 'none') : `default ${defaultText}`;
    return `  ${path}  [${form}; ${fallback}]\n      ${environmentName ?? 'in the file only'}\n      ${meaning}`;
  });
  return `Settings, each with its environment override:\n${rows.join('\n')}`;
}
