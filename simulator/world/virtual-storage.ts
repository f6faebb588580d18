// The gateway's storage in virtual time: the real store on a real SQLite file, its writer in the same thread. What was
// given until a commit begins is committed together; a commit that fails is made up for as by the writer's thread.
import { observeWriter } from '../../gateway/observed-writer.ts';
import { type openStorage, watchStore } from '../../gateway/open-storage.ts';
import { type Clock, type CommandName, StoreUnavailable, type Writer } from '../../gateway/ports.ts';
import type { Commands } from '../../gateway/store/commands/commands.ts';
import { openInterruptibleReader } from '../../gateway/store/reader.ts';
import { makeRecovery } from '../../gateway/store/recovery.ts';
import { CommitFailed, type Job, openStore } from '../../gateway/store/store.ts';
import { tellRecovery } from '../../gateway/store/writer.ts';

export interface StorageHooks {
  clock: Clock;
  /** The process still runs; nothing is answered any more otherwise. */
  isAlive(): boolean;
  /** From the first command until the commit begins; 0 is the next turn. */
  commitDelayMs(): number;
  /** Around a commit; either may end the process. */
  beforeCommit(jobs: readonly Job[]): void;
  afterCommit(jobs: readonly Job[]): void;
  /** A commit failed; the disk may have stopped for good, and the process with it. */
  afterFailure(): void;
  /** Operators' programs write with a connection of their own, beside the gateway's. */
  operatorsApart: boolean;
}

export interface VirtualStorage {
  open: typeof openStorage;
  /** Closes the files, whatever state they are in. */
  close(): void;
  /** One command, as another program gives it to a writer of its own. */
  applyOutside<N extends CommandName>(name: N, input: Commands[N]['in']): Commands[N]['out'];
}

interface Waiting {
  job: Job;
  settled(result: unknown): void;
}

export function makeVirtualStorage(hooks: StorageHooks): VirtualStorage {
  let close: () => void = () => undefined;
  let apply: ((jobs: readonly Job[]) => unknown) | undefined;

  const open: typeof openStorage = async (options, { counters, log }) => {
    const { dataFolder, chainKey, rules } = options;
    const store = openStore({ dataFolder, chainKey, ...(rules && { rules }) });
    const readers = openInterruptibleReader(dataFolder);
    let waiting: Waiting[] = [];

    const takeWaiting = () => {
      const taken = waiting;
      waiting = [];
      return taken;
    };
    const commit = () => {
      if (!hooks.isAlive()) return;
      const taken = takeWaiting();
      const refuse = (reason: string) => {
        for (const { settled } of taken) settled(new StoreUnavailable(reason));
      };
      const broken = recovery.broken();
      if (broken !== undefined) return refuse(broken);
      const jobs = taken.map(({ job }) => job);
      hooks.beforeCommit(jobs);
      if (!hooks.isAlive()) return;
      try {
        const results = store.apply(jobs);
        hooks.afterCommit(jobs);
        if (!hooks.isAlive()) return;
        for (const [index, { settled }] of taken.entries()) {
          const result = results[index]!;
          settled(result.ok ? result.out : new Error(result.reason));
        }
      } catch (error) {
        if (!(error instanceof CommitFailed)) throw error;
        hooks.afterFailure();
        if (!hooks.isAlive()) return;
        refuse(error.message);
        recovery.begin(error);
      }
    };
    const give = (one: Waiting) => {
      if (waiting.push(one) > 1) return;
      const delayMs = hooks.commitDelayMs();
      if (delayMs === 0) setImmediate(commit);
      else hooks.clock.after(delayMs, commit);
    };
    const inThread: Writer = {
      submit: (name, input) =>
        new Promise((resolve, reject) => {
          const settled = (result: unknown) => {
            if (result instanceof Error) reject(result);
            else resolve(result as never);
          };
          give({ job: { name, input }, settled });
        }),
      store: (input, settled) =>
        give({
          job: { name: 'store-evaluation', input },
          settled: (result) => settled(result as never, input),
        }),
      waiting: () => waiting.length,
      async stop() {
        recovery.stop();
        store.close();
      },
    };
    const writer = observeWriter(inThread, log);
    const watch = watchStore({ readers, writer }, counters);
    const tell = tellRecovery({ log, watch: { ...watch, ended: () => undefined } });
    const recovery = makeRecovery({
      store,
      onFailed: tell.failed,
      closeOthers: async () => watch.closeReaders(),
      onTried: tell.tried,
      after: (delayMs, run) => hooks.clock.after(delayMs, run),
    });
    close = () => {
      recovery.stop();
      for (const part of [readers, store])
        try {
          part.close();
        } catch (error) {
          // On a disk that is gone closing fails too; that is no news.
          if (!(error instanceof Error)) throw error;
        }
    };
    apply = (jobs) => {
      const its = hooks.operatorsApart ? openStore({ dataFolder, chainKey, ...(rules && { rules }) }) : store;
      try {
        const [result] = its.apply(jobs);
        if (!result!.ok) throw new Error(result!.reason);
        return result!.out;
      } catch (error) {
        // The gateway's own writer makes up for it, whoever gave the command.
        if (its === store && error instanceof CommitFailed) recovery.begin(error);
        throw error;
      } finally {
        if (its !== store) its.close();
      }
    };
    return { writer, reader: readers.reader };
  };

  return {
    open,
    close: () => close(),
    applyOutside: (name, input) => {
      if (!apply) throw new Error('the storage is not open');
      return apply([{ name, input }]) as never;
    },
  };
}
