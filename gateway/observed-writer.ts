// The writer with ears: tells listeners of every command after its commit, so that the evaluators' screens and
// the way upstream follow the database whoever changed it. Adds nothing to what a command waits for.
import { type CommandName, type Log, type RecordSettled, StoreUnavailable, type Writer } from './ports.ts';
import type { Commands } from './store/commands/commands.ts';
import type { SignedRecord } from './store/record-body.ts';

export type Committed = {
  [N in CommandName]: { name: N; input: Commands[N]['in']; out: Commands[N]['out'] };
}[CommandName];

export interface ObservedWriter extends Writer {
  onCommitted(listener: (committed: Committed) => void): () => void;
  /** False while the database takes nothing. */
  healthy(): boolean;
  /** As the thread tells. */
  noteHealth(healthy: boolean): void;
}

export function observeWriter(writer: Writer, log: Log): ObservedWriter {
  const listeners = new Set<(committed: Committed) => void>();
  /** What was committed stays so, whatever a listener makes of it. */
  const tell = (listener: (committed: Committed) => void, committed: Committed) => {
    try {
      listener(committed);
    } catch (error) {
      log.error({ err: error, command: committed.name }, 'A change could not be followed.');
    }
  };
  let healthy = true;
  const submit = async <N extends CommandName>(name: N, input: Commands[N]['in']) => {
    try {
      const out = await writer.submit(name, input);
      healthy = true;
      return out;
    } catch (error) {
      if (error instanceof StoreUnavailable) healthy = false;
      throw error;
    }
  };
  const observe =
    <Input extends SignedRecord>(settled: RecordSettled<Input>): RecordSettled<Input> =>
    (result, input) => {
      if (result instanceof Error) {
        if (result instanceof StoreUnavailable) healthy = false;
        return settled(result, input);
      }
      healthy = true;
      settled(result, input);
      const committed: Committed = { name: 'store-evaluation', input, out: result };
      for (const listener of listeners) tell(listener, committed);
    };
  /** Whoever stores many records gives the same function with each; so one is made here. */
  let lastSettled: RecordSettled<never> | undefined;
  let observed: RecordSettled<never> | undefined;
  return {
    async submit<N extends CommandName>(name: N, input: Commands[N]['in']) {
      const out = await submit(name, input);
      const committed = { name, input, out } as unknown as Committed;
      for (const listener of listeners) tell(listener, committed);
      return out;
    },
    store(input, settled) {
      if (settled !== lastSettled) {
        lastSettled = settled as RecordSettled<never>;
        observed = observe(settled) as RecordSettled<never>;
      }
      writer.store(input, observed as RecordSettled<typeof input>);
    },
    healthy: () => healthy,
    noteHealth(now) {
      healthy = now;
    },
    waiting: () => writer.waiting(),
    stop: () => writer.stop(),
    onCommitted(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
