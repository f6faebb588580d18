// What a failed commit leads to, step by step: nothing is taken; every other connection of the process is closed; the
// database is opened anew and must be found whole; if it is not, the same again. The writer's thread goes by it, and
// so do simulated halls, whose writer has no thread.

export const RECOVER_EVERY_MS = 1000;

export interface Recovery {
  /** Why nothing is taken now; undefined while all is well. */
  broken(): string | undefined;
  begin(error: Error): void;
  /** Nothing is tried any more. */
  stop(): void;
}

export interface RecoveryParts {
  store: { recover(): void };
  /** A commit or checkpoint failed. */
  onFailed(reason: string): void;
  /** Resolves when every other connection is closed. */
  closeOthers(): Promise<void>;
  /** They may be opened again; with a reason the database is not whole yet and the next try follows. */
  onTried(reason: string | undefined): void;
  /** Returns what calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export function makeRecovery({ store, onFailed, closeOthers, onTried, after }: RecoveryParts): Recovery {
  let broken: string | undefined;
  let stopped = false;
  let callOff: () => void = () => undefined;

  const tryIt = async () => {
    await closeOthers();
    if (stopped) return;
    try {
      store.recover();
      broken = undefined;
    } catch (error) {
      broken = (error as Error).message;
      callOff = after(RECOVER_EVERY_MS, () => void tryIt());
    }
    onTried(broken);
  };

  return {
    broken: () => broken,
    begin(error) {
      broken = error.message;
      onFailed(broken);
      void tryIt();
    },
    stop() {
      stopped = true;
      callOff();
    },
  };
}
