// A hall and boards for the tests of provisioning: a real gateway, the commands of `pingjia device` in this process,
// simulated boards with their prompts on TCP ports. Everything it made is gone after `end`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommandLine } from '../../gateway/cli/program.ts';
import type { GatewayPorts } from '../../gateway/compose.ts';
import { openScreens } from '../../gateway/screens/screens.ts';
import { startTestHall, type TestHall } from '../../gateway/testing-hall.ts';
import { loadFirmwareImage } from '../../scripts/firmware/load-image.ts';
import { type SimDevice, type SimDeviceOptions, startSimDevice } from '../sim-device.ts';

/** One for each test that puts an evaluator somewhere. */
const WINDOWS = 40;

export interface Told {
  code: number;
  out: string;
  err: string;
}

export interface ProvisioningHall {
  readonly hall: TestHall;
  /** A command of `pingjia`. */
  run(...args: string[]): Promise<Told>;
  /** A new board, or the one of a folder again. */
  board(options?: Partial<SimDeviceOptions>): Promise<SimDevice & { folder: string; port: string }>;
  provision(port: string, window: string, ...more: string[]): Promise<Told>;
  end(): Promise<void>;
}

export async function startProvisioningHall(ports: GatewayPorts = {}): Promise<ProvisioningHall> {
  await loadFirmwareImage('linux');
  await loadFirmwareImage('esp32-ili9341');
  await loadFirmwareImage('esp32-cyd');
  const windows = Array.from({ length: WINDOWS }, (_, index) => ({
    id: `w${index + 1}`,
    label: `W${index + 1}`,
  }));
  const hall = await startTestHall({ windows }, { openScreens, ...ports });
  const config = join(hall.folder, 'pingjia.yaml');
  const settings = {
    hall: hall.config.hall,
    dataFolder: 'data',
    masterKeyFile: 'secrets/master.key',
    windows,
  };
  writeFileSync(config, stringify(settings));
  const folders: string[] = [];
  const devices: SimDevice[] = [];

  const run = async (...args: string[]): Promise<Told> => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCommandLine(args, {
      environment: { PINGJIA_CONFIG: config },
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      ownAddresses: () => ['127.0.0.1'],
      stopRequested: () => Promise.resolve(),
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  return {
    hall,
    run,
    async board(options = {}) {
      const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'pingjia-board-'));
      folders.push(folder);
      const device = await startSimDevice({
        engine: 'node',
        board: 'linux',
        blank: true,
        prompt: { host: '127.0.0.1', port: 0 },
        ...options,
        folder,
      });
      devices.push(device);
      return { ...device, folder, port: `tcp://127.0.0.1:${device.promptPort}` };
    },
    provision(port, window, ...more) {
      const gateway = ['--gateway', `127.0.0.1:${hall.gateway.addresses.mqtt.port}`];
      return run('device', 'provision', '--port', port, '--window', window, ...gateway, ...more);
    },
    async end() {
      for (const device of devices) await device.stop();
      await hall.end();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}
