// `pingjia export`: the evaluations of a period for a spreadsheet or another program.
import type { Command } from 'commander';
import type { GatewayConfig } from '../config/load.ts';
import { dayOfDate, startOfDayMs } from '../core/shanghai-days.ts';
import type { FormatOptions } from '../export/formats.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { whoOf, withPersons } from './person-command.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface ExportCommandOptions {
  config?: string;
  from: string;
  to: string;
  format: string;
  out?: string;
  forSpreadsheet?: boolean;
  withPersons?: boolean;
  by?: string;
  reason?: string;
}

export function addExportCommand(program: Command, world: CliWorld): void {
  addConfigOption(program.command('export'))
    .description('write the evaluations of a period as CSV or JSON lines')
    .requiredOption('--from <date>', 'first day, such as 2026-01-01, in Asia/Shanghai')
    .requiredOption('--to <date>', 'last day')
    .option('--format <format>', 'csv or jsonl', 'csv')
    .option('--out <file>', 'new file, readable by its owner only (default: standard output)')
    .option(
      '--for-spreadsheet',
      'CSV that a spreadsheet opens as it is: UTF-8 mark, long numbers kept as text',
    )
    .option('--with-persons', 'add applicants in clear; needs --by and --reason, which are recorded')
    .option('--by <name>', 'who asks: name or badge ID; recorded')
    .option('--reason <text>', 'why; recorded')
    .addHelpText(
      'after',
      `
One line for each evaluation and service, by the time of the last key: presses with what became of them (有效, 重复,
逾期, 已排除, 未关联), then the defaults that count. CSV has Chinese headings, JSON lines English names. The gateway may
be running.

Exit codes: 0 written; 1 the file is there or cannot be written, or the database cannot be opened; 2 wrong usage.
Example:    pingjia export --from 2026-01-01 --to 2026-01-31 --out 2026-01.csv --for-spreadsheet`,
    )
    .action(async (options: ExportCommandOptions) => {
      const format = formatOf(options);
      const period = periodOf(options);
      const config = readConfig(options, world);
      const { exportEvaluations, openExportFile } = await import('../export/export-evaluations.ts');
      const { StoreError } = await import('../store/open-database.ts');
      const { out } = options;
      const { dataFolder } = config;
      try {
        const rows = await withApplicants(config, options, (applicantOf) => {
          const file = out === undefined ? undefined : openExportFile(out);
          const write = file?.write ?? ((text: string) => world.out(text.replace(/\r?\n$/, '')));
          const written = exportEvaluations({ ...format, dataFolder, period, applicantOf, write });
          file?.close();
          return written;
        });
        if (out !== undefined) world.out(`${rows} rows in ${out}.`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (error instanceof StoreError) throw new CliFailure([error.message]);
        if (code === 'EEXIST') throw new CliFailure([`${out} is there already. Choose another --out.`]);
        if (code?.startsWith('E')) throw new CliFailure([`${out} cannot be written (${code}).`]);
        throw error;
      }
    });
}

type Applicants = Parameters<
  typeof import('../export/export-evaluations.ts').exportEvaluations
>[0]['applicantOf'];

async function withApplicants<T>(
  config: GatewayConfig,
  options: ExportCommandOptions,
  run: (applicantOf: Applicants) => T,
): Promise<T> {
  const { by, reason, from, to } = options;
  if (!options.withPersons) return run(undefined);
  if (by === undefined || reason === undefined)
    throw new CliFailure(['--with-persons needs --by and --reason.'], EXIT_USAGE);
  const who = whoOf({ by, reason });
  return withPersons(config, async (open) =>
    run(await open.openMany({ ...who, subject: `evaluations ${from} to ${to}`, via: 'export' })),
  );
}

function formatOf({
  format,
  forSpreadsheet = false,
  withPersons = false,
}: ExportCommandOptions): FormatOptions {
  if (format !== 'csv' && format !== 'jsonl')
    throw new CliFailure(['--format must be csv or jsonl.'], EXIT_USAGE);
  if (forSpreadsheet && format !== 'csv') throw new CliFailure(['--for-spreadsheet is for CSV.'], EXIT_USAGE);
  return { format, forSpreadsheet, withPersons };
}

function periodOf({ from, to }: ExportCommandOptions): { fromMs: number; toMs: number } {
  const [first, last] = [dayOfDate(from), dayOfDate(to)];
  if (first === undefined || last === undefined || last < first)
    throw new CliFailure(['--from and --to must be dates such as 2026-01-31, in their order.'], EXIT_USAGE);
  return { fromMs: startOfDayMs(first), toMs: startOfDayMs(last + 1) };
}
