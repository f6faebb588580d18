// `pingjia key new`: makes an API key for a window system. The key is printed once and kept nowhere.
import type { Command } from 'commander';
import { makeApiKey } from '../http/keys.ts';
import { ALL_SCOPES } from '../http/scopes.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

export function addKeyCommand(program: Command, world: CliWorld): void {
  program
    .command('key')
    .description('API keys of window systems')
    .command('new')
    .description('make an API key: prints it once, and the line for http.apiKeys')
    .requiredOption('--name <system>', 'which system will hold it: 1 to 32 of a-z, 0-9 and "-"')
    .option('--scopes <list>', `what it may do, of ${ALL_SCOPES.join(', ')}; all but the last if left out`)
    .addHelpText(
      'after',
      `
The gateway keeps only the SHA-256 of a key. Put the printed line below apiKeys, in the place of the [] that stands
there at first, and restart the gateway.

Exit codes: 0 printed; 2 wrong usage.
Example:    pingjia key new --name queue-system --scopes cases,invitations`,
    )
    .action(({ name, scopes }: { name: string; scopes?: string }) => {
      if (!/^[a-z0-9-]{1,32}$/.test(name)) {
        throw new CliFailure(
          ['--name must consist of 1 to 32 of the characters a-z, 0-9 and "-".'],
          EXIT_USAGE,
        );
      }
      const asked = scopes?.split(',').map((scope) => scope.trim());
      const unknown = asked?.find((scope) => !(ALL_SCOPES as string[]).includes(scope));
      if (unknown !== undefined)
        throw new CliFailure(
          [`--scopes: ${JSON.stringify(unknown)} is none of ${ALL_SCOPES.join(', ')}.`],
          EXIT_USAGE,
        );
      const { key, keySha256 } = makeApiKey();
      const limited = asked ? `, scopes: [${asked.join(', ')}]` : '';
      world.out(`Key (shown only now): ${key}`);
      world.out('Below apiKeys of http, in the place of []:');
      world.out(`    - { name: ${name}, keySha256: ${keySha256}${limited} }`);
    });
}
