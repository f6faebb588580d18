// Keeps the write-ahead log bounded without holding intake up: after so many commands a second thread copies the log
// into the database file, and only what came meanwhile is left for the writer to copy before it begins the log anew.
import { Worker } from 'node:worker_threads';
import type { Checkpointed } from './checkpoint-thread.ts';

/** Commands between two checkpoints. */
export const CHECKPOINT_EVERY_COMMANDS = 1000;
/** From this length on the writer begins the log anew after a checkpoint; 4 KiB each. */
export const LOG_LIMIT_PAGES = 2000;

export interface Checkpoints {
  /** After a commit. */
  committed(commands: number): void;
  /** Resolves when its connection is closed; the next commits open it again. */
  close(): Promise<void>;
}

export interface CheckpointParts {
  dataFolder: string;
  /** Copies the rest and lets the next commit write from the log's beginning; does nothing if a reader is in the way. */
  restartLog(): void;
}

export function makeCheckpoints({ dataFolder, restartLog }: CheckpointParts): Checkpoints {
  let since = 0;
  let underWay = false;
  let worker: Worker | undefined;

  const start = () => {
    const started = new Worker(new URL('./start-checkpoint-thread.js', import.meta.url), {
      execArgv: [],
      workerData: { dataFolder },
    });
    started.on('message', ({ log, failed }: Checkpointed) => {
      underWay = false;
      if (failed === undefined && log >= LOG_LIMIT_PAGES) restartLog();
    });
    // The log grows until the next one succeeds; a disk that fails shows at a commit.
    started.on('error', () => undefined);
    started.once('exit', () => {
      underWay = false;
      if (worker === started) worker = undefined;
    });
    started.unref();
    return started;
  };

  return {
    committed(commands) {
      since += commands;
      if (since < CHECKPOINT_EVERY_COMMANDS || underWay) return;
      since = 0;
      underWay = true;
      worker ??= start();
      worker.postMessage('checkpoint');
    },
    async close() {
      const closing = worker;
      if (!closing) return;
      const exited = new Promise((resolve) => closing.once('exit', resolve));
      closing.postMessage('close');
      await exited;
    },
  };
}
