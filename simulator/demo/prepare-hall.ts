// What stands before a hall's gateway starts: its province, free ports, and the gateway's configuration in its folder.
import { freeTcpAndUdpPort, freeTcpPort } from '../../gateway/testing/free-ports.ts';
import type { WorldClock } from '../ports.ts';
import { startProvince } from '../province/server.ts';
import type { HallWindow } from '../window-system/roster.ts';
import type { DemoFolders } from './folders.ts';
import { makeDemoSecrets, writeGatewayConfig } from './gateway-config.ts';

export interface PreparedHall {
  province: Awaited<ReturnType<typeof startProvince>>;
  brokerPort: number;
  /** Where window systems will reach the gateway, and with which key. */
  api: { url: string; key: string };
}

/** The province is to be stopped by the caller; when anything fails it is stopped already. */
export async function prepareHall(options: {
  folders: DemoFolders;
  windows: HallWindow[];
  clock: WorldClock;
}): Promise<PreparedHall> {
  const { folders, windows, clock } = options;
  const secrets = makeDemoSecrets();
  const province = await startProvince({
    file: folders.provinceFile,
    port: 0,
    credentials: secrets.province,
    clock,
  });
  try {
    const brokerPort = await freeTcpAndUdpPort();
    const httpPort = await freeTcpPort();
    writeGatewayConfig({ folders, windows, secrets, brokerPort, httpPort, provinceUrl: province.url });
    return { province, brokerPort, api: { url: `http://127.0.0.1:${httpPort}`, key: secrets.apiKey } };
  } catch (error) {
    await province.stop();
    throw error;
  }
}
