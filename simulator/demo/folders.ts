// Where the demo keeps what outlives it: one folder with the gateway's data and key, the devices' flash, the
// province's store and the people's record.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DemoFolders {
  root: string;
  gatewayData: string;
  gatewayConfig: string;
  gatewayLog: string;
  masterKey: string;
  provinceFile: string;
  peopleFile: string;
  device(id: string): string;
  identity(id: string): string;
}

const DEFAULT_ROOT = 'data/demo';

/** A run that ends by itself gets a folder of its own unless one is named. */
export function chooseRoot(options: {
  data: string | undefined;
  exitAfterSeconds: number | undefined;
}): string {
  if (options.data !== undefined) return resolve(options.data);
  if (options.exitAfterSeconds !== undefined) return mkdtempSync(join(tmpdir(), 'pingjia-demo-'));
  return resolve(DEFAULT_ROOT);
}

export function openFolders(root: string): DemoFolders {
  const folders: DemoFolders = {
    root,
    gatewayData: join(root, 'gateway'),
    gatewayConfig: join(root, 'pingjia.yaml'),
    gatewayLog: join(root, 'gateway.log'),
    masterKey: join(root, 'secrets', 'master.key'),
    provinceFile: join(root, 'province.sqlite'),
    peopleFile: join(root, 'people.jsonl'),
    device: (id) => join(root, 'devices', id),
    identity: (id) => join(root, 'secrets', `${id}.prompt`),
  };
  for (const folder of [root, folders.gatewayData, join(root, 'secrets'), join(root, 'devices')])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folders;
}
