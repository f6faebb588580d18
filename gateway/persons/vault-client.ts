// The vault's thread as the gateway's other side sees it: questions go to it, promises resolve with its answers.
import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../ports.ts';
import type { VaultOptions } from './vault.ts';
import type { VaultQuestion, VaultReply } from './vault-thread.ts';

export type { VaultQuestion };

/** Questions given and not answered; beyond it one is refused and its sender tries again. */
const WAITING_LIMIT_QUESTIONS = 5000;

export interface VaultThread {
  /** Rejects with StoreUnavailable while the keys cannot be used. */
  ask(question: VaultQuestion): Promise<unknown>;
  /** By a fault or a stop: it answers nothing any more. */
  ended(): boolean;
  stop(): Promise<void>;
}

export function startVaultThread(options: VaultOptions): VaultThread {
  const worker = new Worker(new URL('./start-vault-thread.js', import.meta.url), {
    execArgv: [],
    workerData: options,
  });
  interface Waiting {
    resolve(out: unknown): void;
    reject(error: Error): void;
  }
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let ended: Error | undefined;
  const end = (reason: string) => {
    ended ??= new StoreUnavailable(reason);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };

  worker.on('message', (reply: VaultReply) => {
    if ('failedToStart' in reply) return end(reply.failedToStart);
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('out' in reply) entry?.resolve(reply.out);
    else entry?.reject(new StoreUnavailable(`the keys of persons could not be used: ${reply.failed}`));
  });
  worker.on('error', (error) => end(`the keys of persons have ended: ${error.message}`));
  worker.on('exit', () => end('the keys of persons are closed'));

  return {
    ask(question) {
      if (ended) return Promise.reject(ended);
      if (waiting.size >= WAITING_LIMIT_QUESTIONS)
        return Promise.reject(new StoreUnavailable('too many requests wait for the keys of persons'));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, ...question });
      });
    },
    ended: () => ended !== undefined,
    async stop() {
      if (ended) return;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('stop');
      await exited;
    },
  };
}
