// Keeps the write-ahead log bounded without holding intake up: a second thread copies the log into the database file in
// small parts, since a commit waits while the disk syncs what was copied. When nearly all is in the file the writer
// copies the rest and begins the log anew.
import { Worker } from 'node:worker_threads';
import type { Checkpointed } from './checkpoint-thread.ts';
import type { LogPages } from './store.ts';

/** Pages that the file lacks, 4 KiB each: from here on they are copied. */
export const CHECKPOINT_FROM_PAGES = 256;
/** A look at the log costs as much as storing a record; so few write no more than what is waited for. */
const LOOK_EVERY_JOBS = 64;
/** From this length on the log is begun anew, unless that happened by itself because all was copied. */
export const LOG_LIMIT_PAGES = 2000;
/** What the writer, with all of intake behind it, copies itself at most… */
const REST_LIMIT_PAGES = 64;
/** …unless so many parts in a row have left it more. */
const PARTS_LIMIT = 8;

export interface Checkpoints {
  /** After a commit of so many jobs. */
  committed(jobs: number): void;
  /** The log is too long and about to be begun anew: whatever writes much has to wait, or it is never all copied. */
  isBehind(): boolean;
  /** Resolves when its connection is closed; the next commits open it again. */
  close(): Promise<void>;
}

export interface CheckpointParts {
  dataFolder: string;
  /** Undefined while the database is not to be touched. */
  logPages(): LogPages | undefined;
  /** Copies the rest and lets the next commit write from the log's beginning; does nothing if a reader is in the way. */
  restartLog(): void;
  /** It is not behind any more. */
  onCaughtUp(): void;
}

export function makeCheckpoints({
  dataFolder,
  logPages,
  restartLog,
  onCaughtUp,
}: CheckpointParts): Checkpoints {
  let underWay = false;
  let parts = 0;
  let jobsSince = 0;
  let worker: Worker | undefined;

  const begin = () => {
    underWay = true;
    worker ??= start();
    worker.postMessage('checkpoint');
  };
  const afterPart = () => {
    const log = logPages();
    if (!log || log.all < LOG_LIMIT_PAGES) return catchUp();
    parts += 1;
    if (log.uncopied > REST_LIMIT_PAGES && parts < PARTS_LIMIT) return begin();
    restartLog();
    catchUp();
  };
  const catchUp = () => {
    const wasBehind = parts > 0;
    parts = 0;
    if (wasBehind) onCaughtUp();
  };
  const start = () => {
    const started = new Worker(new URL('./start-checkpoint-thread.js', import.meta.url), {
      execArgv: [],
      workerData: { dataFolder },
    });
    started.on('message', ({ failed }: Checkpointed) => {
      underWay = false;
      // The log grows until the next one succeeds; a disk that fails shows at a commit.
      if (failed === undefined) afterPart();
      else catchUp();
    });
    started.on('error', () => undefined);
    started.once('exit', () => {
      underWay = false;
      if (worker === started) worker = undefined;
      catchUp();
    });
    started.unref();
    return started;
  };

  return {
    committed(jobs) {
      jobsSince += jobs;
      if (underWay || jobsSince < LOOK_EVERY_JOBS) return;
      jobsSince = 0;
      const log = logPages();
      if (log && log.uncopied >= CHECKPOINT_FROM_PAGES) begin();
    },
    isBehind: () => parts > 0,
    async close() {
      const closing = worker;
      if (!closing) return;
      const exited = new Promise((resolve) => closing.once('exit', resolve));
      closing.postMessage('close');
      await exited;
    },
  };
}
