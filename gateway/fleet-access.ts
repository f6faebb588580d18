// The database opened for a short command about evaluators or the hall, beside a running gateway or without one.
import type { GatewayConfig } from './config/load.ts';
import { type FleetAdmin, makeFleetAdmin } from './fleet/admin.ts';
import { loadMasterKeys, type MasterKeys } from './fleet/master-key.ts';
import { makeRegistry, type Registry } from './fleet/registry.ts';
import { makeOperator, type Operator } from './operator/operator.ts';
import type { Clock, Log, Writer } from './ports.ts';
import { realClock } from './real-clock.ts';
import { StartFailure } from './start-failure.ts';
import { StoreError } from './store/open-database.ts';
import { openReader, type Reader } from './store/reader.ts';
import { startWriter } from './store/writer.ts';

export interface DeviceDatabase {
  registry: Registry;
  writer: Writer;
  reader: Reader;
  masterKeys: MasterKeys;
  clock: Clock;
  /** As the gateway itself would do it, without one. */
  admin: FleetAdmin;
  operator: Operator;
  close(): Promise<void>;
}

/** Rejects with StartFailure when the database cannot be opened. */
export async function openDeviceDatabase(
  { dataFolder, masterKeyFile, hall, windows }: GatewayConfig,
  clock: Clock = realClock,
): Promise<DeviceDatabase> {
  const masterKeys = loadMasterKeys(masterKeyFile);
  const ignore = () => undefined;
  const log: Log = { info: ignore, warn: ignore, error: ignore };
  const writer = await startWriter({ dataFolder, chainKey: masterKeys.chain, log }).catch(
    (error: unknown) => {
      throw error instanceof StoreError ? new StartFailure(error.message) : error;
    },
  );
  const reader = openReader(dataFolder);
  const registry = makeRegistry({ writer, reader, clock, sealKey: masterKeys.seal });
  return {
    writer,
    reader,
    masterKeys,
    clock,
    registry,
    admin: makeFleetAdmin({ hall: hall.id, windows, registry, reader, clock, running: undefined }),
    operator: makeOperator({ writer, reader, clock }),
    async close() {
      reader.close();
      await writer.stop();
    },
  };
}
