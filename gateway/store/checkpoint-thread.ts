// Copies the write-ahead log into the database file beside the writer, on a connection of its own: a PASSIVE
// checkpoint waits for nobody and nobody waits for it. In: 'checkpoint' or 'close'; out: whether it was done.
import { parentPort, workerData } from 'node:worker_threads';
import { openForCheckpoints } from './open-database.ts';

export interface Checkpointed {
  /** Why not, when the disk failed. */
  failed?: string;
}

const { dataFolder } = workerData as { dataFolder: string };
const database = openForCheckpoints(dataFolder);
const port = parentPort!;

function checkpoint(): Checkpointed {
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
    return {};
  } catch (error) {
    return { failed: (error as Error).message };
  }
}

port.on('message', (order: 'checkpoint' | 'close') => {
  if (order === 'checkpoint') return port.postMessage(checkpoint());
  database.close();
  port.close();
});
