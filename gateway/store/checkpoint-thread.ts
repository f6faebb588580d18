// Copies the write-ahead log into the database file beside the writer, on a connection of its own: a PASSIVE
// checkpoint waits for nobody and nobody waits for it. In: 'checkpoint' or 'close'; out: what SQLite answered.
import { parentPort, workerData } from 'node:worker_threads';
import { openForCheckpoints } from './open-database.ts';

/** Pages in the log and how many of them are in the file now; undefined when the disk failed. */
export interface Checkpointed {
  log: number;
  checkpointed: number;
  failed?: string;
}

const { dataFolder } = workerData as { dataFolder: string };
const database = openForCheckpoints(dataFolder);
const port = parentPort!;

function checkpoint(): Checkpointed {
  try {
    const [row] = database.pragma('wal_checkpoint(PASSIVE)') as Checkpointed[];
    return { log: row!.log, checkpointed: row!.checkpointed };
  } catch (error) {
    return { log: 0, checkpointed: 0, failed: (error as Error).message };
  }
}

port.on('message', (order: 'checkpoint' | 'close') => {
  if (order === 'checkpoint') return port.postMessage(checkpoint());
  database.close();
  port.close();
});
