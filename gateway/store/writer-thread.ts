// The thread that owns the writing connection. Whatever arrived while a commit ran goes into the next one.
// In: {id, name, input}; out: lists of {id, result} after their commit, or {id, unavailable} when it failed.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CommitFailed, type Job, type JobResult, openStore, type Store, type StoreOptions } from './store.ts';

/** Jobs of one transaction; the rest waits for the next. */
const BATCH_LIMIT_JOBS = 2000;
const RECOVER_EVERY_MS = 1000;

export interface Request extends Job {
  id: number;
}
export type Reply = { id: number; result: JobResult } | { id: number; unavailable: string };
export type ThreadMessage =
  | { started: true }
  | { failed: { code: string; message: string } }
  | { replies: Reply[] }
  | { alarm: string }
  | { recovered: true };

const { port, ...options } = workerData as StoreOptions & { port: MessagePort };
const post = (message: ThreadMessage) => port.postMessage(message);

try {
  serve(openStore(options));
  post({ started: true });
} catch (error) {
  post({
    failed: {
      code: String((error as { code?: string }).code ?? 'store.failed'),
      message: (error as Error).message,
    },
  });
  port.close();
}

function serve(store: Store): void {
  let broken: string | undefined;
  let nextTry: NodeJS.Timeout | undefined;

  const recover = () => {
    try {
      store.recover();
      broken = undefined;
      post({ recovered: true });
    } catch (error) {
      broken = (error as Error).message;
      nextTry = setTimeout(recover, RECOVER_EVERY_MS);
    }
  };

  const apply = (requests: Request[]) => {
    if (broken !== undefined) {
      const unavailable = broken;
      post({ replies: requests.map(({ id }) => ({ id, unavailable })) });
      return;
    }
    try {
      const results = store.apply(requests);
      post({ replies: requests.map(({ id }, index) => ({ id, result: results[index]! })) });
    } catch (error) {
      if (!(error instanceof CommitFailed)) throw error;
      broken = error.message;
      post({ alarm: error.message });
      post({ replies: requests.map(({ id }) => ({ id, unavailable: error.message })) });
      recover();
    }
  };

  port.on('message', (first: Request[] | 'stop') => {
    const requests: Request[] = [];
    let next: Request[] | 'stop' | undefined = first;
    while (next !== undefined && next !== 'stop') {
      requests.push(...next);
      next = requests.length < BATCH_LIMIT_JOBS ? receiveMessageOnPort(port)?.message : undefined;
    }
    if (requests.length > 0) apply(requests);
    if (next === 'stop') {
      clearTimeout(nextTry);
      store.close();
      port.close();
    }
  });
}
