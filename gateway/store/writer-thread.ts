// The thread that owns the writing connection. Whatever arrived while a commit ran goes into the next one.
// In: {id, name, input}; out: lists of {id, result} after their commit, or {id, unavailable} when it failed.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PACKED_RECORD_BYTES, packResults, type RecordOut, unpackRecord } from './packed-records.ts';
import { CommitFailed, type Job, type JobResult, openStore, type Store, type StoreOptions } from './store.ts';

/** Jobs of one transaction; the rest waits for the next. */
const BATCH_LIMIT_JOBS = 2000;
const RECOVER_EVERY_MS = 1000;

/** A command, or records packed one behind the other. */
export type Requests = (Job & { id: number }) | { firstId: number; records: Uint8Array };
/** For records packed too, unless one of them made no sense. */
export type Reply =
  | { id: number; result: JobResult }
  | { firstId: number; results: Uint8Array }
  | { firstId: number; outs: JobResult[] }
  | (({ id: number } | { firstId: number }) & { unavailable: string });
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

  const unavailable = (requests: Requests[], reason: string) =>
    post({
      replies: requests.map((request) => ({
        ...('records' in request ? { firstId: request.firstId } : { id: request.id }),
        unavailable: reason,
      })),
    });

  const apply = (requests: Requests[]) => {
    if (broken !== undefined) return unavailable(requests, broken);
    try {
      const results = store.apply(requests.flatMap(jobsOf));
      let at = 0;
      post({
        replies: requests.map((request) => {
          const first = at;
          at += countOf(request);
          return replyTo(request, results.slice(first, at));
        }),
      });
    } catch (error) {
      if (!(error instanceof CommitFailed)) throw error;
      broken = error.message;
      post({ alarm: error.message });
      unavailable(requests, error.message);
      recover();
    }
  };

  port.on('message', (first: Requests[] | 'stop') => {
    const requests: Requests[] = [];
    let jobs = 0;
    let next: Requests[] | 'stop' | undefined = first;
    while (next !== undefined && next !== 'stop') {
      for (const request of next) {
        requests.push(request);
        jobs += countOf(request);
      }
      next = jobs < BATCH_LIMIT_JOBS ? receiveMessageOnPort(port)?.message : undefined;
    }
    if (requests.length > 0) apply(requests);
    if (next === 'stop') {
      clearTimeout(nextTry);
      store.close();
      port.close();
    }
  });
}

function countOf(request: Requests): number {
  return 'records' in request ? request.records.length / PACKED_RECORD_BYTES : 1;
}

function jobsOf(request: Requests): Job[] {
  if (!('records' in request)) return [request];
  const bytes = Buffer.from(request.records.buffer, request.records.byteOffset, request.records.length);
  return Array.from({ length: countOf(request) }, (_, index) => ({
    name: 'store-evaluation',
    input: unpackRecord(bytes, index * PACKED_RECORD_BYTES),
  }));
}

function replyTo(request: Requests, results: JobResult[]): Reply {
  if (!('records' in request)) return { id: request.id, result: results[0]! };
  const { firstId } = request;
  const outs: RecordOut[] = [];
  for (const result of results) {
    if (!result.ok) return { firstId, outs: results };
    outs.push(result.out as RecordOut);
  }
  return { firstId, results: packResults(outs) };
}
