// `pingjia verify`: proves that what the database holds is what was pressed, decided and looked up, and says what is
// not. Changes nothing.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { GatewayConfig } from '../config/load.ts';
import { FINDINGS } from '../verify/findings.ts';
import type { Verification } from '../verify/verify.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { CliFailure, type CliWorld, EXIT_FAILED } from './world.ts';

interface VerifyCommandOptions {
  config?: string;
  anchors?: string;
  json?: boolean;
}

export function addVerifyCommand(program: Command, world: CliWorld): void {
  addConfigOption(program.command('verify'))
    .description('check every signature, the chain of facts, its anchors and what counts for each service')
    .option('--anchors <file>', 'anchor file, such as the copy kept elsewhere (default: the one configured)')
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      `
Reads one moment of the database; the gateway may be running. Progress goes to standard error. It finds: a changed,
inserted or removed fact, also at the end; a chain made anew without its key; a record without its evaluator's
signature; tables that do not follow from the facts (records, cases,
quarantine, gaps, desks, what goes upstream and what was delivered there); facts that differ from what was anchored; the key of a forgotten
person that is still there. Each finding has a code: ${Object.keys(FINDINGS).join(', ')}.

Exit codes: 0 everything is as it must be; 1 something is not, one line for each finding; 2 wrong configuration or usage.
Example:    pingjia verify --config pingjia.yaml --anchors /media/usb/anchors.jsonl`,
    )
    .action(async (options: VerifyCommandOptions) => {
      const found = await run(readConfig(options, world), options, world);
      if (options.json) world.out(JSON.stringify(found));
      else for (const line of linesOf(found)) world.out(line);
      if (found.findings.length > 0)
        throw new CliFailure(['The database is not as it must be.'], EXIT_FAILED);
    });
}

async function run(
  config: GatewayConfig,
  { anchors }: VerifyCommandOptions,
  world: CliWorld,
): Promise<Verification> {
  const { loadMasterKeys } = await import('../fleet/master-key.ts');
  const { openVault, vaultExists } = await import('../persons/vault.ts');
  const { StoreError } = await import('../store/open-database.ts');
  const { verify } = await import('../verify/verify.ts');
  const anchorFile = anchors === undefined ? config.anchor.file : resolve(anchors);
  if (anchors !== undefined && !existsSync(anchorFile!))
    throw new CliFailure([`There is no anchor file ${anchors}.`]);
  const masterKeys = loadMasterKeys(config.masterKeyFile);
  const vault = vaultExists(config.personKeys)
    ? openVault({ ...config.personKeys, keys: masterKeys })
    : undefined;
  try {
    return verify({
      hall: config.hall.id,
      dataFolder: config.dataFolder,
      masterKeys,
      anchorFile: anchorFile !== undefined && existsSync(anchorFile) ? anchorFile : undefined,
      isKept: (person) => vault?.state(person) === 'kept',
      onProgress: (sentence) => world.err(sentence),
    });
  } catch (error) {
    if (error instanceof StoreError) throw new CliFailure([error.message]);
    throw error;
  } finally {
    vault?.close();
  }
}

function linesOf(found: Verification): string[] {
  const { findings, counts } = found;
  const kept = findings.map(({ code, where }) => `${code}: ${FINDINGS[code]} ${where}`);
  const more = Object.entries(counts)
    .map(([code, count]) => ({
      code,
      more: count - findings.filter((finding) => finding.code === code).length,
    }))
    .filter(({ more }) => more > 0)
    .map(({ code, more }) => `${code}: ${more} more`);
  const anchored =
    found.anchored + found.anchoredBeforeRestore === 0
      ? 'no anchor compared'
      : `${found.anchored} anchors agree${found.anchoredBeforeRestore > 0 ? `, ${found.anchoredBeforeRestore} are of a database that was restored since` : ''}`;
  return [
    ...kept,
    ...more,
    `${found.facts} facts, ${found.signatures} signatures, ${found.services} services; ${anchored}; ${found.restores} restores on record.`,
    ...(findings.length === 0 ? ['Everything is as it must be.'] : []),
  ];
}
