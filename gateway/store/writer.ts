// The writer as the rest of the gateway sees it: commands go to the thread, promises resolve after the commit.
import { MessageChannel, Worker } from 'node:worker_threads';
import { type CommandName, type Log, StoreUnavailable, type Writer } from '../ports.ts';
import { StoreError } from './open-database.ts';
import type { StoreOptions } from './store.ts';
import type { Reply, Request, ThreadMessage } from './writer-thread.ts';

/** Commands given and not committed; beyond it a command is refused and its sender keeps what it has. */
export const WAITING_LIMIT_COMMANDS = 20_000;

export interface WriterOptions extends Omit<StoreOptions, 'openDatabase'> {
  log: Log;
}

interface Waiting {
  resolve(out: unknown): void;
  reject(error: Error): void;
}

/** Rejects with StoreError when the database cannot be opened. */
export async function startWriter({ log, ...options }: WriterOptions): Promise<Writer> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./start-writer-thread.js', import.meta.url), {
    execArgv: [],
    workerData: { port: port2, ...options },
    transferList: [port2],
  });
  const waiting = new Map<number, Waiting>();
  /** One message for all that came in one turn of the event loop: a message costs more than a command. */
  let leaving: Request[] = [];
  const send = () => {
    if (leaving.length === 0) return;
    port1.postMessage(leaving);
    leaving = [];
  };
  let nextId = 1;
  let ended: Error | undefined;

  const rejectAll = (error: Error) => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const settle = (reply: Reply) => {
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('unavailable' in reply) entry?.reject(new StoreUnavailable(reply.unavailable));
    else if (reply.result.ok) entry?.resolve(reply.result.out);
    else entry?.reject(new Error(reply.result.reason));
  };

  await new Promise<void>((resolve, reject) => {
    port1.on('message', (message: ThreadMessage) => {
      if ('started' in message) resolve();
      else if ('failed' in message)
        reject(new StoreError(message.failed.code as StoreError['code'], message.failed.message));
      else if ('replies' in message) message.replies.forEach(settle);
      else if ('alarm' in message)
        log.error(
          { code: 'store.commit-failed', reason: message.alarm },
          'The database did not take a commit; nothing is acknowledged until it does.',
        );
      else log.warn({ code: 'store.recovered' }, 'The database takes commits again.');
    });
    worker.on('error', (error) => {
      log.error(
        { code: 'store.writer-ended', reason: error.message },
        'The writer has ended by a fault; nothing is stored until the gateway is started again.',
      );
      reject(error);
      rejectAll(error);
    });
    worker.on('exit', () => rejectAll(new StoreUnavailable('the writer has ended')));
  });

  return {
    submit(name: CommandName, input: unknown) {
      if (ended) return Promise.reject(ended);
      if (waiting.size >= WAITING_LIMIT_COMMANDS)
        return Promise.reject(new StoreUnavailable('too many commands wait for the disk'));
      const id = nextId;
      nextId += 1;
      return new Promise<never>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (out: unknown) => void, reject });
        if (leaving.length === 0) setImmediate(send);
        leaving.push({ id, name, input });
      });
    },
    waiting: () => waiting.size,
    async stop() {
      if (ended) return;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      send();
      port1.postMessage('stop');
      await exited;
    },
  };
}
