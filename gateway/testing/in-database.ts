// The database of a test's hall for a moment, beside its gateway or without one: as a command opens it, but without the
// writer's thread, whose start takes longer than most of what a test wants there.
import type { GatewayConfig } from '../config/load.ts';
import { loadMasterKeys, type MasterKeys } from '../fleet/master-key.ts';
import type { CommandName, Writer } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import { openReader, type Reader } from '../store/reader.ts';
import { openStore } from '../store/store.ts';
import { applierTo } from './applier.ts';

export interface OpenedDatabase {
  writer: Pick<Writer, 'submit'>;
  reader: Reader;
  masterKeys: MasterKeys;
}

export async function inDatabase<T>(
  { dataFolder, masterKeyFile }: Pick<GatewayConfig, 'dataFolder' | 'masterKeyFile'>,
  run: (opened: OpenedDatabase) => T | Promise<T>,
): Promise<T> {
  const masterKeys = loadMasterKeys(masterKeyFile);
  const store = openStore({ dataFolder, chainKey: masterKeys.chain, checkpointsElsewhere: true });
  const reader = openReader(dataFolder);
  const apply = applierTo(() => store);
  const writer: OpenedDatabase['writer'] = {
    async submit<N extends CommandName>(name: N, input: Commands[N]['in']) {
      return apply(name, input);
    },
  };
  try {
    return await run({ writer, reader, masterKeys });
  } finally {
    reader.close();
    store.close();
  }
}
