// Opens the database of a hall for one command, beside a running gateway or without one, and closes it again.
import type { GatewayConfig } from '../config/load.ts';
import type { DeviceDatabase } from '../fleet-access.ts';
import { StartFailure } from '../start-failure.ts';
import { CliFailure } from './world.ts';

export async function withDatabase<T>(
  config: GatewayConfig,
  run: (open: DeviceDatabase) => Promise<T>,
): Promise<T> {
  const { openDeviceDatabase } = await import('../fleet-access.ts');
  try {
    const open = await openDeviceDatabase(config);
    try {
      return await run(open);
    } finally {
      await open.close();
    }
  } catch (error) {
    if (error instanceof StartFailure) throw new CliFailure([error.message]);
    throw error;
  }
}
