// The real gateway as a process of its own, on a folder with a master key and registered evaluators: for tests that
// kill it or break the disk under it.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../config/load.ts';
import { createMasterKeyFile } from '../fleet/master-key.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { openDeviceDatabase } from '../fleet-access.ts';

const READY_LIMIT_MS = 60_000;
const program = fileURLToPath(new URL('../../bin/pingjia.js', import.meta.url));

export interface ProgramFolder {
  folder: string;
  dataFolder: string;
  masterKeyFile: string;
  /** Further lines of the configuration file. */
  addSettings(settings: string): void;
  /** Without a window unless told otherwise. */
  register(ids: string[], windowOf?: (id: string) => string): Promise<DeviceIdentity[]>;
  /** Rejects with EndedBeforeReady. */
  start(environment?: Record<string, string>): Promise<RunningProgram>;
  remove(): void;
}

export interface RunningProgram {
  child: ChildProcess;
  mqttPort: number;
  httpUrl: string;
  exited: Promise<void>;
  /** What it wrote to standard error so far. */
  errorText(): string;
}

export class EndedBeforeReady extends Error {
  readonly signal: NodeJS.Signals | null;
  constructor(how: { code: number | null; signal: NodeJS.Signals | null; errorText: string }) {
    super(`the gateway ended with ${how.signal ?? `code ${how.code}`} before it was ready: ${how.errorText}`);
    this.signal = how.signal;
  }
}

/** `settings` are further lines of the configuration file. */
export function makeProgramFolder(settings = ''): ProgramFolder {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-program-'));
  const masterKeyFile = join(folder, 'secrets', 'master.key');
  const configFile = join(folder, 'pingjia.yaml');
  mkdirSync(join(folder, 'secrets'));
  createMasterKeyFile(masterKeyFile);
  writeFileSync(
    configFile,
    `hall: { id: test-hall, name: 测试 }\ndataFolder: data\nmasterKeyFile: secrets/master.key\nbroker: { host: 127.0.0.1, port: 0 }\nlog: { level: silent }\n${settings || 'http: { host: 127.0.0.1, port: 0 }\n'}`,
  );
  const children: ChildProcess[] = [];
  return {
    folder,
    dataFolder: join(folder, 'data'),
    masterKeyFile,
    addSettings: (more) => appendFileSync(configFile, more),
    async register(ids, windowOf) {
      const loaded = loadConfig({ file: configFile, environment: {} });
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const devices = await openDeviceDatabase(loaded.config);
      const made = await Promise.all(
        ids.map((id) => devices.registry.register({ id, hall: 'test-hall', window: windowOf?.(id) })),
      );
      await devices.close();
      return made.map((identity) => {
        if ('code' in identity) throw new Error(identity.code);
        return identity;
      });
    },
    start(environment = {}) {
      const child = spawn(process.execPath, [program, 'gateway', '--config', configFile], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      });
      children.push(child);
      let errorText = '';
      child.stderr.on('data', (chunk: Buffer) => {
        errorText += chunk.toString();
      });
      const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('the gateway did not get ready')), READY_LIMIT_MS);
        child.once('close', (code, signal) => {
          clearTimeout(limit);
          reject(new EndedBeforeReady({ code, signal, errorText }));
        });
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          const [, mqtt, httpUrl] = /^ready mqtt:\/\/[^:]+:(\d+) (http:\S+)/m.exec(text) ?? [];
          if (mqtt === undefined || httpUrl === undefined) return;
          clearTimeout(limit);
          resolve({ child, mqttPort: Number(mqtt), httpUrl, exited, errorText: () => errorText });
        });
      });
    },
    remove() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
