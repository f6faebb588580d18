// Writes the gateway's configuration for the demo, as an operator would: YAML in the data folder, the master key
// beside it and made once, keys of the window system and the province for this run.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ProvinceCredentials } from '../province/envelope.ts';
import { HALL, type HallWindow } from '../window-system/roster.ts';
import type { DemoFolders } from './folders.ts';

export interface DemoSecrets {
  apiKey: string;
  province: ProvinceCredentials;
}

export function makeDemoSecrets(): DemoSecrets {
  return {
    apiKey: randomBytes(24).toString('base64url'),
    province: { appMark: 'qinghekou-hall', appWord: randomBytes(16).toString('hex') },
  };
}

export interface GatewayConfigOptions {
  folders: DemoFolders;
  windows: HallWindow[];
  secrets: DemoSecrets;
  brokerPort: number;
  httpPort: number;
  provinceUrl: string;
}

export function writeGatewayConfig(options: GatewayConfigOptions): void {
  const { folders, secrets } = options;
  const modeOfSecrets = { mode: 0o600 };
  if (!existsSync(folders.masterKey))
    writeFileSync(folders.masterKey, `${randomBytes(32).toString('hex')}\n`, modeOfSecrets);
  const config = {
    hall: HALL,
    dataFolder: folders.gatewayData,
    masterKeyFile: folders.masterKey,
    broker: { host: '127.0.0.1', port: options.brokerPort },
    http: {
      host: '127.0.0.1',
      port: options.httpPort,
      requestsPerSecond: 1000,
      apiKeys: [{ name: 'windows', keySha256: createHash('sha256').update(secrets.apiKey).digest('hex') }],
    },
    windows: options.windows.map(({ id, label }) => ({ id, label })),
    upstream: [
      {
        id: 'province',
        kind: 'http',
        profile: 'national',
        url: options.provinceUrl,
        ...secrets.province,
        // A demo drains in seconds: the waits are shorter than in a hall.
        retryBaseMs: 300,
        retryLimitMs: 2000,
        timeoutMs: 3000,
      },
    ],
  };
  writeFileSync(folders.gatewayConfig, stringify(config), modeOfSecrets);
}
