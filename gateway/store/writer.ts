// The writer as the rest of the gateway sees it: commands go to the thread, promises resolve after the commit.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type CommandName, type Log, type RecordSettled, StoreUnavailable, type Writer } from '../ports.ts';
import { StoreError } from './open-database.ts';
import {
  firstIdOf,
  PACKED_RECORD_BYTES,
  packedRun,
  packRecord,
  type RecordOut,
  unpackResult,
} from './packed-records.ts';
import type { SignedRecord } from './record-body.ts';
import type { JobResult, StoreOptions } from './store.ts';
import type { Order, Reply, Requests, ThreadMessage } from './writer-thread.ts';

/** Commands given and not committed; beyond it a command is refused and its sender keeps what it has. */
export const WAITING_LIMIT_COMMANDS = 20_000;

/** Of one run of packed records; more come in a further one. */
const RUN_LIMIT_RECORDS = 256;

export interface WriterOptions extends Omit<StoreOptions, 'openDatabase'> {
  log: Log;
  /** How the database does, and what the rest of the process has to do about it. */
  watch?: StoreWatch;
  /** For tests: another thread in the writer's place. */
  threadFile?: URL;
}

export interface StoreWatch {
  /** A commit failed: nothing is stored until `recovered`. */
  failed(reason: string): void;
  /** Close every connection of this process that reads the database. */
  closeReaders(): void;
  /** They may be opened again. */
  openReaders(): void;
  recovered(): void;
  /** The writer's thread is gone: nothing will be stored any more. Not told after `stop`. */
  ended(error: Error): void;
}

type Settled = (result: unknown) => void;
/** Records that came one after the other: one id each, from `firstId` on. */
interface Run {
  firstId: number;
  inputs: SignedRecord[];
  settled: RecordSettled<never>[];
}

/** What people and the rest of the process hear while a failed commit is made up for. */
export function tellRecovery({ log, watch }: { log: Log; watch: StoreWatch | undefined }) {
  return {
    failed(reason: string): void {
      log.error(
        { code: 'store.commit-failed', reason },
        'The database did not take a commit; nothing is acknowledged until it does.',
      );
      watch?.failed(reason);
    },
    /** With a reason the database is not whole yet. */
    tried(reason: string | undefined): void {
      watch?.openReaders();
      if (reason !== undefined) return;
      log.warn({ code: 'store.recovered' }, 'The database takes commits again.');
      watch?.recovered();
    },
  };
}

/** Rejects with StoreError when the database cannot be opened. */
export async function startWriter({ log, watch, threadFile, ...options }: WriterOptions): Promise<Writer> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(threadFile ?? new URL('./start-writer-thread.js', import.meta.url), {
    execArgv: [],
    workerData: { port: port2, ...options },
    transferList: [port2],
  });
  /** Called with what the command answered, or an Error. */
  const waiting = new Map<number, Settled>();
  const runs = new Map<number, Run>();
  let waitingRecords = 0;
  /** One message for all that came in one turn of the event loop: a message costs more than a command. */
  let leaving: Requests[] = [];
  let packing: { run: Run; bytes: Buffer } | undefined;
  const packingBytes = Buffer.alloc(RUN_LIMIT_RECORDS * PACKED_RECORD_BYTES);
  let isSending = false;

  const endPacking = () => {
    if (!packing) return;
    const { run, bytes } = packing;
    packing = undefined;
    runs.set(run.firstId, run);
    leaving.push(packedRun(run.firstId, bytes, run.inputs.length));
  };
  const send = () => {
    isSending = false;
    endPacking();
    const [first] = leaving;
    if (first === undefined) return;
    port1.postMessage(leaving.length === 1 && first instanceof Uint8Array ? first : leaving);
    leaving = [];
  };
  const sendSoon = () => {
    if (isSending) return;
    isSending = true;
    setImmediate(send);
  };
  let nextId = 1;
  let ended: Error | undefined;
  let stopping = false;

  const settleAll = (error: Error) => {
    ended = error;
    endPacking();
    for (const settled of waiting.values()) settled(error);
    for (const firstId of [...runs.keys()]) settleRun(firstId, () => error);
    waiting.clear();
  };
  const settleOne = (id: number, result: unknown) => {
    const settled = waiting.get(id);
    waiting.delete(id);
    settled?.(result);
  };
  const settleRun = (firstId: number, resultOf: (index: number) => RecordOut | Error) => {
    const run = runs.get(firstId);
    if (!run) return;
    runs.delete(firstId);
    const { inputs, settled } = run;
    waitingRecords -= inputs.length;
    for (let index = 0; index < inputs.length; index += 1)
      settled[index]!(resultOf(index), inputs[index]! as never);
  };
  const settle = (reply: Reply) => {
    if (reply instanceof Uint8Array) settleRun(firstIdOf(reply), (index) => unpackResult(reply, index));
    else if ('outs' in reply)
      settleRun(reply.firstId, (index) => outOrError(reply.outs[index]!) as RecordOut);
    else if ('unavailable' in reply) {
      const error = new StoreUnavailable(reply.unavailable);
      if ('firstId' in reply) settleRun(reply.firstId, () => error);
      else settleOne(reply.id, error);
    } else settleOne(reply.id, outOrError(reply.result));
  };
  const isFull = () => waiting.size + waitingRecords >= WAITING_LIMIT_COMMANDS;
  const tooMany = () => new StoreUnavailable('too many commands wait for the disk');

  const tell = tellRecovery({ log, watch });
  await new Promise<void>((resolve, reject) => {
    const take = (message: ThreadMessage) => {
      if (message instanceof Uint8Array) settle(message);
      else if ('started' in message) resolve();
      else if ('failed' in message) {
        stopping = true;
        reject(new StoreError(message.failed.code as StoreError['code'], message.failed.message));
      } else if ('replies' in message) message.replies.forEach(settle);
      else if ('alarm' in message) tell.failed(message.alarm);
      else if ('busy' in message)
        log.warn({ code: 'store.busy' }, 'Another program holds the database; what arrives waits for it.');
      else if ('recovering' in message) {
        watch?.closeReaders();
        port1.postMessage('readers-closed' satisfies Order);
      } else tell.tried(message.reason);
    };
    port1.on('message', take);
    /** What the thread said last may come after the news of its end, which travels another way. */
    const takeLast = () => {
      for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1))
        take(last.message as ThreadMessage);
    };
    const lost = (error: Error) => {
      takeLast();
      reject(error);
      if (ended) return;
      settleAll(error);
      if (stopping) return;
      log.error({ code: 'store.writer-ended', reason: error.message }, 'The writer has ended by a fault.');
      watch?.ended(error);
    };
    worker.on('error', lost);
    worker.on('exit', () => lost(new StoreUnavailable('the writer has ended')));
  });

  return {
    submit(name: CommandName, input: unknown) {
      if (ended) return Promise.reject(ended);
      if (isFull()) return Promise.reject(tooMany());
      const id = nextId;
      nextId += 1;
      endPacking();
      leaving.push({ id, name, input });
      sendSoon();
      return new Promise<never>((resolve, reject) => {
        waiting.set(id, (result) => {
          if (result instanceof Error) reject(result);
          else resolve(result as never);
        });
      });
    },
    store(input, settled) {
      if (ended) return settled(ended, input);
      if (isFull()) return settled(tooMany(), input);
      packing ??= {
        run: { firstId: nextId, inputs: [], settled: [] },
        bytes: packingBytes,
      };
      const { run, bytes } = packing;
      nextId += 1;
      packRecord(bytes, run.inputs.length * PACKED_RECORD_BYTES, input);
      run.inputs.push(input);
      run.settled.push(settled as RecordSettled<never>);
      waitingRecords += 1;
      if (run.inputs.length === RUN_LIMIT_RECORDS) endPacking();
      sendSoon();
    },
    waiting: () => waiting.size + waitingRecords,
    async stop() {
      if (ended) return;
      stopping = true;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      send();
      port1.postMessage('stop' satisfies Order);
      await exited;
    },
  };
}

function outOrError(result: JobResult): unknown {
  return result.ok ? result.out : new Error(result.reason);
}
