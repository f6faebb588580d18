// `pingjia person show|forget`: the applicants of a case, with a recorded reason; and their end.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { GatewayConfig } from '../config/load.ts';
import type { IdentityDocument } from '../persons/applicant.ts';
import type { PersonDatabase } from '../persons-access.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withOpened } from './with-database.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface Who {
  config?: string;
  by: string;
  reason: string;
}

export function addPersonCommand(program: Command, world: CliWorld): void {
  const person = program.command('person').description('look up and delete personal data of applicants');

  addWho(addConfigOption(person.command('show')))
    .description('show the applicants of a case in clear; recorded before it is shown')
    .requiredOption('--case <projectNo>', 'number of the case')
    .addHelpText(
      'after',
      `
Prints one JSON object for each record of the case that names an applicant. Who looked, why and when is a fact that
nobody can change or take away unseen (pingjia verify). Without a reason: GET /v1/cases/{projectNo}, masked.

Exit codes: 0 shown; 1 the case names nobody, or database or keys cannot be opened; 2 wrong configuration or usage.
Example:    pingjia person show --case 231000-20260213-0001 --by 李主任 --reason 差评回访`,
    )
    .action(async (options: Who & { case: string }) => {
      const { case: projectNo } = options;
      const found = await withPersons(readConfig(options, world), (open) =>
        open.lookUp({ projectNo, ...whoOf(options), via: 'command' }),
      );
      if (found.length === 0) throw new CliFailure([`The case ${projectNo} names no applicant.`]);
      for (const { assessNumber, applicant, forgotten } of found)
        world.out(
          JSON.stringify({
            projectNo,
            assessNumber: assessNumber ?? null,
            forgotten,
            applicant: applicant ?? null,
          }),
        );
    });

  addWho(addConfigOption(person.command('forget')))
    .description('destroy the keys of a person: nobody can read what is stored of them any more, on no copy')
    .option('--case <projectNo>', 'everybody whom this case names')
    .option(
      '--document-file <file>',
      'whoever has the document in this file, "-" for standard input: type and number',
    )
    .option('--yes', 'do it; without this only what would be done is printed')
    .addHelpText(
      'after',
      `
Every case that names the person loses them, in this database and in every backup and copy of it, for good; no master
key brings them back. Evaluations stay, and pingjia verify still passes. The document stands in a file, such as
"111 230103199001011234", so that no number is left in the shell's history. The gateway may be running.

Exit codes: 0 destroyed; 1 nobody found, --yes is missing, or database or keys cannot be opened; 2 wrong usage.
Example:    pingjia person forget --document-file - --by 李主任 --reason 本人申请删除 --yes`,
    )
    .action(async (options: ForgetOptions) => {
      const who = whoOf(options);
      if ((options.case === undefined) === (options.documentFile === undefined))
        throw new CliFailure(['Give either --case or --document-file.'], EXIT_USAGE);
      const lines = await withPersons(readConfig(options, world), (open) => forget(open, options, who));
      for (const line of lines) world.out(line);
      if (!options.yes) throw new CliFailure(['Nothing was destroyed. Add --yes to do it.']);
    });
}

interface ForgetOptions extends Who {
  case?: string;
  documentFile?: string;
  yes?: boolean;
}

async function forget(
  open: PersonDatabase,
  options: ForgetOptions,
  who: { by: string; reason: string },
): Promise<string[]> {
  const found =
    options.case === undefined
      ? [open.personWith(documentIn(options.documentFile!))].filter((person) => person !== undefined)
      : open.personsOfCase(options.case);
  if (found.length === 0)
    throw new CliFailure([
      'Nobody is stored under that. Whoever was forgotten before is not found any more.',
    ]);
  const lines: string[] = [];
  for (const person of found) {
    const cases = open.casesOf(person).length;
    if (options.yes) await open.forget(person, who);
    lines.push(
      `${options.yes ? 'Destroyed' : 'Would destroy'} the key of person ${person}, named in ${cases} cases.`,
    );
  }
  return lines;
}

function documentIn(file: string): IdentityDocument {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CliFailure([`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`]);
  }
  const match = /^\s*([0-9A-Za-z]{1,8})\s+(\S(?:.*\S)?)\s*$/.exec(text);
  if (!match)
    throw new CliFailure(['The file must hold one line: type and number of the document.'], EXIT_USAGE);
  return { type: match[1]!, number: match[2]! };
}

export function addWho(command: Command): Command {
  return command
    .requiredOption('--by <name>', 'who asks: name or badge ID; recorded')
    .requiredOption('--reason <text>', 'why; recorded');
}

export function whoOf({ by, reason }: { by: string; reason: string }): { by: string; reason: string } {
  for (const [name, value, limit] of [
    ['--by', by, 64],
    ['--reason', reason, 200],
  ] as const)
    if (value.trim() === '' || value.length > limit)
      throw new CliFailure([`${name} must be a text of 1 to ${limit} characters.`], EXIT_USAGE);
  return { by: by.trim(), reason: reason.trim() };
}

export async function withPersons<T>(
  config: GatewayConfig,
  run: (open: PersonDatabase) => Promise<T>,
): Promise<T> {
  const { openPersonDatabase } = await import('../persons-access.ts');
  return withOpened(() => openPersonDatabase(config), run);
}
