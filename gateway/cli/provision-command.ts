// `pingjia device provision`: brings boards into service, one or a whole list of them. Says what it does, and ends
// with one line a person can act on for every board that fails.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import type { GatewayConfig } from '../config/load.ts';
import type { FleetAdmin } from '../fleet/admin.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import {
  type BatchResult,
  type BatchRow,
  batchReportCsv,
  batchReportText,
  parseBatch,
} from '../fleet/provision/batch.ts';
import { deviceIdFor } from '../fleet/provision/device-id.ts';
import { failureSentence, ProvisionFailure } from '../fleet/provision/failures.ts';
import { readFirmware } from '../fleet/provision/firmware-files.ts';
import { lockPassword } from '../fleet/provision/lock-password.ts';
import { DEFAULT_BAUD, openPort } from '../fleet/provision/open-port.ts';
import { PROMPT_LIMITS } from '../fleet/provision/prompt-client.ts';
import { provision } from '../fleet/provision/provision.ts';
import { realClock } from '../real-clock.ts';
import { addConfigOption, readConfig } from './configuration.ts';
import { withFleetAdmin } from './fleet-admin.ts';
import { windowOf } from './window-of.ts';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

interface Options {
  config?: string;
  port?: string;
  window?: string;
  id?: string;
  gateway?: string;
  wifi?: string;
  wifiPasswordFile?: string;
  language: string;
  voice?: number;
  firmware: string;
  board?: string;
  baud: number;
  unlockFile?: string;
  wait: number;
  force: boolean;
  dryRun: boolean;
  batch?: string;
  report?: string;
}

const DEFAULT_FIRMWARE_FOLDER = fileURLToPath(new URL('../../build/firmware', import.meta.url));
/** Long enough for a board to join its Wi-Fi at the second try. */
const DEFAULT_WAIT_SECONDS = 60;
const VOICE_VOLUME_MAX = 30;
const BOOT_LIMIT_MS = 10_000;
/** Progress is told in steps of this share. */
const PROGRESS_STEP_PERCENT = 20;

export function addProvisionCommand(device: Command, world: CliWorld): void {
  addConfigOption(device.command('provision'))
    .description('bring a board into service at a window, or a whole list of boards')
    .option('--port <port>', 'serial port such as /dev/ttyUSB0, or tcp://host:port of a serial server')
    .option('--window <window>', 'id of a window in the configuration, such as A03')
    .option('--id <id>', 'id of the evaluator (default: the one at the window, or a new one named after it)')
    .option(
      '--gateway <address[:port]>',
      'numeric address of the gateway as evaluators reach it (default: this machine)',
    )
    .option('--wifi <name>', 'Wi-Fi the evaluator joins; boards with an ESP32 need it')
    .option('--wifi-password-file <file>', 'file with its password, read without the line end')
    .option('--language <language>', 'of the screens: zh or en', 'zh')
    .option('--voice <volume>', 'spoken prompts of a voice module, 1 to 30 (default: none)', wholeNumber)
    .option('--firmware <folder>', 'what npm run firmware built', DEFAULT_FIRMWARE_FOLDER)
    .option('--board <board>', 'which firmware, where several fit a new board: esp32-ili9341 or esp32-cyd')
    .option('--baud <rate>', 'speed of the serial port', wholeNumber, DEFAULT_BAUD)
    .option('--unlock-file <file>', 'file with the password of a prompt that another hall locked')
    .option('--wait <seconds>', 'how long to wait for its hello', wholeNumber, DEFAULT_WAIT_SECONDS)
    .option(
      '--force',
      'take a board that is another evaluator with presses not delivered: they are lost',
      false,
    )
    .option('--dry-run', 'look and say what would be done; changes nothing', false)
    .option('--batch <file>', 'CSV with columns port,window[,id] instead of --port and --window')
    .option('--report <file>', 'with --batch: where the report goes as CSV')
    .addHelpText(
      'after',
      `
Checks the board (Espruino, its version, memory, room), writes firmware and settings and verifies them by hash,
registers the evaluator with the running gateway, gives it its identity, locks its prompt, and waits until it has said
hello. Repeating is safe: what is there already is left alone, and an interrupted run goes on. The password of the
prompt follows from the master key; nothing has to be kept. A board that was another evaluator of this hall is opened
by itself. Presses that are not delivered are never overwritten without --force.

Every failure is one line: its code, what is wrong, what to do. The table of codes is in device/README.md.

Exit codes: 0 in service, or nothing wrong in a dry run; 1 a board failed, and one line says why; 2 wrong
            configuration or usage.
Example:    pingjia device provision --port /dev/ttyUSB0 --window A03 --wifi hall --wifi-password-file wifi.txt`,
    )
    .action(async (options: Options) => {
      const config = readConfig(options, world);
      const rows = rowsOf(options);
      for (const row of rows) windowOf(config, row.window);
      const settings = settingsOf(options, { config, world });
      await withFleetAdmin(config, async (admin) => {
        const results: BatchResult[] = [];
        for (const row of rows)
          results.push(await provisionOne(row, { options, settings, config, admin, world }));
        finish(results, { options, world });
      });
    });
}

interface Settings {
  network: object;
  unlock: string[];
}

async function provisionOne(
  row: BatchRow,
  given: { options: Options; settings: Settings; config: GatewayConfig; admin: FleetAdmin; world: CliWorld },
): Promise<BatchResult> {
  const { options, settings, config, admin, world } = given;
  const startMs = realClock.monotonicMs();
  const window = windowOf(config, row.window);
  const devices = await admin.list();
  const id = row.id ?? deviceIdFor(window, devices);
  const { promptLock } = loadMasterKeys(config.masterKeyFile);
  const passwordOf = (device: string) => lockPassword(promptLock, { hall: config.hall.id, id: device });
  const done = (code: string, sentence: string): BatchResult => {
    const seconds = (realClock.monotonicMs() - startMs) / 1000;
    return { port: row.port, window, id, code, sentence, seconds };
  };
  let toldPercent = 0;
  try {
    const result = await provision(
      {
        hall: config.hall.id,
        device: id,
        window,
        network: settings.network,
        lockPassword: passwordOf(id),
        force: options.force,
        dryRun: options.dryRun,
      },
      {
        open: () => openPort(row.port, options.baud),
        admin,
        clock: realClock,
        firmwareFor({ chip, present }) {
          if (chip === 'ESP32' && options.wifi === undefined)
            throw new CliFailure(['This board has Wi-Fi: give --wifi and --wifi-password-file.'], EXIT_USAGE);
          return readFirmware(options.firmware, { chip, wanted: options.board, present });
        },
        otherPasswords: [...settings.unlock, ...devices.map((device) => passwordOf(device.id))],
        limits: { ...PROMPT_LIMITS, helloMs: options.wait * 1000, bootMs: BOOT_LIMIT_MS },
        say: (sentence) => world.out(`${window}: ${sentence}`),
        onProgress({ file, writtenBytes, totalBytes }) {
          const percent = Math.floor((100 * writtenBytes) / totalBytes);
          if (percent < toldPercent + PROGRESS_STEP_PERCENT) return;
          toldPercent = percent;
          world.out(`${window}: ${percent} % written (${file})`);
        },
      },
    );
    if (!options.dryRun) return done('ok', `Evaluator ${id} is in service at window ${window}.`);
    const files = result.written.length > 0 ? `write ${result.written.join(', ')}` : 'write nothing';
    const identity = result.knewIdentity ? 'keep its identity' : `register it as ${id}`;
    return done('ok', `Would ${files}, ${identity}.`);
  } catch (error) {
    if (error instanceof ProvisionFailure) return done(error.code, failureSentence(error));
    throw error;
  }
}

function finish(
  results: readonly BatchResult[],
  { options, world }: { options: Options; world: CliWorld },
): void {
  if (options.report !== undefined) writeFileSync(options.report, batchReportCsv(results));
  const failed = results.filter(({ code }) => code !== 'ok');
  if (options.batch !== undefined) {
    for (const line of batchReportText(results)) world.out(line);
    if (failed.length > 0) throw new CliFailure([`${failed.length} of ${results.length} boards failed.`]);
    return;
  }
  if (failed.length > 0) throw new CliFailure(failed.map(({ sentence }) => sentence));
  for (const { sentence } of results) world.out(sentence);
}

function rowsOf(options: Options): BatchRow[] {
  const { port, window, id } = options;
  if (options.batch === undefined) {
    if (port !== undefined && window !== undefined) return [{ port, window, id }];
    throw new CliFailure(['Give --port and --window, or --batch.'], EXIT_USAGE);
  }
  if (port !== undefined || window !== undefined || id !== undefined)
    throw new CliFailure(['--batch has port, window and id in its file.'], EXIT_USAGE);
  const rows = parseBatch(readText(options.batch, '--batch'));
  if (typeof rows === 'string') throw new CliFailure([`${options.batch}: ${rows}.`], EXIT_USAGE);
  return rows;
}

function settingsOf(
  options: Options,
  { config, world }: { config: GatewayConfig; world: CliWorld },
): Settings {
  const { wifi, wifiPasswordFile, language, unlockFile } = options;
  if (language !== 'zh' && language !== 'en') throw new CliFailure(['--language is zh or en.'], EXIT_USAGE);
  const password = wifiPasswordFile && readText(wifiPasswordFile, '--wifi-password-file');
  const network = {
    ...gatewayOf(options, { config, world }),
    ...(wifi === undefined ? {} : { wifi, password: password ?? '' }),
    ...(language === 'en' ? { language } : {}),
    ...(options.voice === undefined ? {} : { voice: Math.min(options.voice, VOICE_VOLUME_MAX) }),
  };
  return { network, unlock: unlockFile === undefined ? [] : [readText(unlockFile, '--unlock-file')] };
}

/** A look-up would block the interpreter: an evaluator is given numbers. */
function gatewayOf(
  { gateway }: Options,
  { config, world }: { config: GatewayConfig; world: CliWorld },
): { gateway: string; port: number } {
  const numeric = /^\d{1,3}(\.\d{1,3}){3}$/;
  const [address, port] = gateway?.split(':') ?? [];
  const own = world.ownAddresses?.() ?? [];
  const { host } = config.broker;
  const found =
    address ?? (numeric.test(host) && host !== '0.0.0.0' ? host : own.length === 1 ? own[0] : undefined);
  if (found === undefined || !numeric.test(found))
    throw new CliFailure(
      [
        `Give --gateway: the numeric address at which evaluators reach it${own.length > 1 ? `, one of ${own.join(', ')}` : ''}.`,
      ],
      EXIT_USAGE,
    );
  const number = port === undefined ? config.broker.port : Number(port);
  if (!(number >= 1 && number <= 65_535))
    throw new CliFailure(['Give --gateway with its port: the configuration has none.'], EXIT_USAGE);
  return { gateway: found, port: number };
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CliFailure([`${option}: ${(error as Error).message}.`], EXIT_USAGE);
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
