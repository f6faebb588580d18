// `pingjia upstream list|show|retry|skip`: what upstream refused and what is left to a person, and what that person
// decides. The running gateway carries a decision out; without one the command works on the database.
import type { Command } from 'commander';
import { isoTime } from '../http/times.ts';
import { DECISION_LIMIT_RECORDS } from '../operator/operator.ts';
import type { StuckDelivery } from '../store/questions/deliveries.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withOperator, withReader } from './operator.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface Which {
  config?: string;
  connector?: string;
}
interface Decision extends Which {
  by: string;
  reason: string;
  all?: boolean;
}

export function addUpstreamCommand(program: Command, world: CliWorld): void {
  const upstream = program.command('upstream').description('see and settle what upstream did not take');

  addConfigOption(upstream.command('list'))
    .description('list refused records and corrections that wait for a person')
    .option('--connector <id>', 'of this connector only')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
A line is: number, connector, case/service, kind, state, code, reason, since. "refused": upstream said no, with its
code and reason. "listed": something else counts than what upstream has, and the profile leaves that to a person.

Exit codes: 0 listed; 1 the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia upstream list --connector province`,
    )
    .action(async (options: Which & { json?: boolean }) => {
      const { connector } = options;
      const rows = await withReader(readConfig(options, world), (reader) =>
        reader.stuckOf({ connector, limit: DECISION_LIMIT_RECORDS }),
      );
      for (const row of rows) world.out(options.json ? JSON.stringify(row) : lineOf(row));
    });

  addConfigOption(upstream.command('show'))
    .description('show one record and how every connector stands to it')
    .argument('<number>', 'number of the record, as `upstream list` prints it')
    .addHelpText(
      'after',
      `
Prints one JSON object: what the record says, and for each connector its state, tries, code and reason.

Exit codes: 0 shown; 1 upstream.unknown: there is no such record, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia upstream show 4711`,
    )
    .action(async (text: string, options: Which) => {
      const [id] = numbersOf([text]);
      const shown = await withReader(readConfig(options, world), (reader) => {
        const connectors = reader.deliveryStandings(id!);
        return connectors && { ...reader.outboxRow(id!), connectors };
      });
      if (!shown)
        throw new CliFailure([`upstream.unknown: There is no record ${text}. See pingjia upstream list.`]);
      world.out(JSON.stringify(shown, null, 2));
    });

  addDecision(upstream.command('retry'))
    .description('send records once more, after what was wrong has been put right')
    .addHelpText(
      'after',
      `
A running gateway sends them at once. A record that was overtaken meanwhile is not sent. Who and why is a fact.

Exit codes: 0 they will be sent; 1 upstream.not-waiting: none of them waits for a person; gateway.silent,
            gateway.busy: the running gateway cannot do it, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia upstream retry 4711 --by 李主任 --reason 事项编码已在省平台补录`,
    )
    .action((numbers: string[], options: Decision) => decide('retried', { numbers, options, world }));

  addDecision(upstream.command('skip'))
    .description('take records off the list that a person has settled another way')
    .addHelpText(
      'after',
      `
What is skipped counts as entered at upstream by hand: if something else counts later, that is a correction. Who and
why is a fact that nobody can take away unseen.

Exit codes: 0 they are off the list; 1 upstream.not-waiting: none of them waits for a person; gateway.silent,
            gateway.busy: the running gateway cannot do it, or the database cannot be opened; 2 wrong configuration or usage.
Example:    pingjia upstream skip 4711 --by 李主任 --reason 已在省平台人工更正`,
    )
    .action((numbers: string[], options: Decision) => decide('skipped', { numbers, options, world }));
}

function addDecision(command: Command): Command {
  return addConfigOption(command)
    .argument('[numbers...]', 'numbers of the records, as `upstream list` prints them')
    .option('--all', 'everything on the list')
    .option('--connector <id>', 'at this connector only')
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--reason <text>', 'why');
}

async function decide(
  decision: 'retried' | 'skipped',
  { numbers, options, world }: { numbers: string[]; options: Decision; world: CliWorld },
): Promise<void> {
  if (numbers.length === 0 && !options.all) throw new CliFailure(['Name the records, or --all.'], EXIT_USAGE);
  const { by, reason, connector } = options;
  const outbox = options.all ? 'all' : numbersOf(numbers);
  const { changed } = await withOperator(readConfig(options, world), (operator) =>
    operator.decideDeliveries({ decision, outbox, connector, by, reason }),
  );
  if (changed.length === 0)
    throw new CliFailure([
      'upstream.not-waiting: None of them waits for a person. See pingjia upstream list.',
    ]);
  const word = decision === 'retried' ? 'will be sent again' : 'is off the list';
  for (const { outbox, connector, projectNo, assessNumber } of changed)
    world.out(`${outbox} ${connector} ${projectNo}/${assessNumber} ${word}.`);
}

function numbersOf(texts: string[]): number[] {
  const wrong = texts.find((text) => !/^\d{1,15}$/.test(text));
  if (wrong !== undefined) throw new CliFailure([`"${wrong}" is no number of a record.`], EXIT_USAGE);
  return texts.map(Number);
}

function lineOf(row: StuckDelivery): string {
  const { outbox, connector, projectNo, assessNumber, kind, state, code, reason, sinceMs } = row;
  return [
    outbox,
    connector,
    `${projectNo}/${assessNumber}`,
    kind,
    state,
    code ?? '-',
    reason ?? '',
    isoTime(sinceMs),
  ].join('\t');
}
