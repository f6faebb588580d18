// The gateway that load is put on where none is named: a process of its own with evaluators registered, a window for each,
// and a province of this process behind it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { loadConfig } from '../../gateway/config/load.ts';
import type { DeviceIdentity } from '../../gateway/fleet/registry.ts';
import { openDeviceDatabase } from '../../gateway/fleet-access.ts';
import { openFolders } from '../demo/folders.ts';
import { startGatewayProcess } from '../demo/gateway-process.ts';
import { prepareHall } from '../demo/prepare-hall.ts';
import { createRealClock } from '../engines/real-clock.ts';
import { HALL, type HallWindow } from '../window-system/roster.ts';

const REGISTERED_AT_ONCE = 200;
/** Who serves at every window. */
export const FLEET_STAFF = { badgeId: 'QHK0001', name: '陈雨桐' };

export interface OwnGateway {
  identities: DeviceIdentity[];
  port: number;
  /** With the window of each evaluator. */
  api: { url: string; key: string; windowOf: ReadonlyMap<string, string> };
  provinceFile: string;
  stop(): Promise<void>;
}

export async function startOwnGateway(devices: number, say: (line: string) => void): Promise<OwnGateway> {
  const clock = createRealClock();
  const folders = openFolders(mkdtempSync(`${tmpdir()}/pingjia-fleet-`));
  const windows = Array.from({ length: devices }, (_, index): HallWindow => {
    const id = `w${index + 1}`;
    return { id, label: id.toUpperCase(), device: `d${index + 1}`, staff: [FLEET_STAFF] };
  });
  const { province, brokerPort, api } = await prepareHall({ folders, windows, clock });
  try {
    const loaded = loadConfig({ file: folders.gatewayConfig, environment: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const identities: DeviceIdentity[] = [];
    const access = await openDeviceDatabase(loaded.config);
    try {
      for (let from = 0; from < windows.length; from += REGISTERED_AT_ONCE) {
        const some = windows.slice(from, from + REGISTERED_AT_ONCE);
        const made = await Promise.all(
          some.map(({ id, device }) => access.registry.register({ id: device, hall: HALL.id, window: id })),
        );
        for (const identity of made) if (!('code' in identity)) identities.push(identity);
      }
    } finally {
      await access.close();
    }
    say(`${identities.length} evaluators registered in ${folders.root}`);
    const gateway = await startGatewayProcess({
      configFile: folders.gatewayConfig,
      logFile: folders.gatewayLog,
      httpUrl: api.url,
      clock,
      onReady: (pid) => say(`Gateway ready: process ${pid}, mqtt://127.0.0.1:${brokerPort}`),
      onDied: (how) => say(`Gateway ${how}; it will be started again.`),
    });
    return {
      identities,
      port: brokerPort,
      api: { ...api, windowOf: new Map(windows.map(({ id, device }) => [device, id])) },
      provinceFile: folders.provinceFile,
      async stop() {
        await gateway.stop();
        await province.stop();
      },
    };
  } catch (error) {
    await province.stop();
    throw error;
  }
}
