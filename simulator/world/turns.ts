// The event loop of a world in virtual time: what production code puts off to the next turn (`setImmediate`) runs when
// the world says so, and promises come to rest before the next event. Nothing here waits for real time.
const realImmediate = globalThis.setImmediate;
const realClear = globalThis.clearImmediate;
/** Turns of one event; a program that puts itself off for ever would hang the world. */
const TURNS_LIMIT = 5_000_000;

export interface Turns {
  /** Resolves when no promise and nothing put off is left to run, and no work that is held on to. */
  settle(): Promise<void>;
  /** Work that needs no virtual time: time stands still until it is done. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Drops what was put off, as the end of a process does. */
  drop(): void;
  /** Gives `setImmediate` back. */
  end(): void;
}

/** As much of a `NodeJS.Immediate` as programs use. */
interface Entry {
  run: (() => void) | undefined;
  ref(): Entry;
  unref(): Entry;
  hasRef(): boolean;
}

/** One at a time in a process: it takes the place of the global `setImmediate`. */
export function takeTurns(): Turns {
  if (globalThis.setImmediate !== realImmediate)
    throw new Error('Another world has the turns of this process.');
  let entries: Entry[] = [];
  let held = 0;
  const putOff = (run: (...given: unknown[]) => void, ...given: unknown[]) => {
    const entry: Entry = {
      run: () => run(...given),
      ref: () => entry,
      unref: () => entry,
      hasRef: () => true,
    };
    entries.push(entry);
    return entry;
  };
  const forget = (entry: unknown) => {
    if (entry !== null && typeof entry === 'object' && 'run' in entry) (entry as Entry).run = undefined;
    else realClear(entry as NodeJS.Immediate);
  };
  globalThis.setImmediate = putOff as unknown as typeof setImmediate;
  globalThis.clearImmediate = forget as typeof clearImmediate;
  const rest = () => new Promise<void>((resolve) => realImmediate(resolve));
  return {
    async settle() {
      for (let turn = 0; turn < TURNS_LIMIT; turn += 1) {
        await rest();
        if (entries.length === 0 && held === 0) return;
        const due = entries;
        entries = [];
        for (const { run } of due) run?.();
      }
      throw new Error('the world does not come to rest');
    },
    hold(work) {
      held += 1;
      const letGo = () => {
        held -= 1;
      };
      work.then(letGo, letGo);
      return work;
    },
    drop() {
      entries = [];
    },
    end() {
      globalThis.setImmediate = realImmediate;
      globalThis.clearImmediate = realClear;
      entries = [];
    },
  };
}
