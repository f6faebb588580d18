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
  return withOpened(() => openDeviceDatabase(config), run);
}

/** Closes what `open` gave whatever `run` does; a start that a person has to mend first is told as the command's failure. */
export async function withOpened<Opened extends { close(): Promise<void> }, T>(
  open: () => Promise<Opened>,
  run: (opened: Opened) => Promise<T>,
): Promise<T> {
  try {
    const opened = await open();
    try {
      return await run(opened);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof StartFailure) throw new CliFailure([error.message]);
    throw error;
  }
}
