// The event loop of a world in virtual time: what production code puts off to the next turn (`setImmediate`) runs when
// the world says so, and promises come to rest before the next event. Nothing here waits for real time, and Node's own
// loop gets a turn now and then only: one for each of the 30,000 events of a run would be a tenth of its time.
const realImmediate = globalThis.setImmediate;
const realClear = globalThis.clearImmediate;
/** Turns of one event; a program that puts itself off for ever would hang the world. */
const TURNS_LIMIT = 5_000_000;
/** Then signals, pipes and whoever else lives in this process get a turn. */
const TURNS_AT_ONCE = 256;
/** What Node does between two callbacks of its loop: runs what waits in `process.nextTick`, and promises. */
const comeToRest = (process as unknown as { _tickCallback(): void })._tickCallback;

export interface Turns {
  /**
   * Lets `next` cause one event after the other until it says false. Before each, no promise and nothing put off is left
   * to run, and no work that is held on to.
   */
  run(next: () => boolean): Promise<void>;
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
  const atRest = Promise.resolve();
  const runDue = () => {
    const due = entries;
    entries = [];
    for (const { run } of due) run?.();
  };
  return {
    run: (next) =>
      new Promise((resolve, reject) => {
        let goesOn = true;
        let turns = 0;
        let failed: { error: unknown } | undefined;
        const guarded = (work: () => void) => () => {
          try {
            work();
          } catch (error) {
            failed = { error };
          }
        };
        const event = guarded(() => {
          goesOn = next();
        });
        const whatIsDue = guarded(runDue);
        const turn = (work: () => void) => {
          // What it settles comes after all that waits already, as in a program that goes on by promises.
          void atRest.then(work);
          comeToRest();
          if (failed) throw failed.error;
        };
        const go = () => {
          try {
            for (let left = TURNS_AT_ONCE; left > 0; left -= 1) {
              if (entries.length > 0) {
                turns += 1;
                if (turns > TURNS_LIMIT) throw new Error('the world does not come to rest');
                turn(whatIsDue);
              } else if (held > 0) {
                break;
              } else {
                turns = 0;
                turn(event);
                if (!goesOn) return resolve();
              }
            }
            realImmediate(go);
          } catch (error) {
            reject(error);
          }
        };
        realImmediate(go);
      }),
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
