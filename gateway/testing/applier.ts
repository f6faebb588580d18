// Commands given to a store by a test, each in a transaction of its own.
import type { CommandName } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import type { Store } from '../store/store.ts';

/**
 * What gives it one: returns what the command answered, and throws with its reason where it failed. The store is asked
 * for each time, so that a test may open another one.
 */
export function applierTo(
  store: () => Store,
): <N extends CommandName>(name: N, input: Commands[N]['in']) => Commands[N]['out'] {
  return (name, input) => {
    const [result] = store().apply([{ name, input }]);
    if (!result?.ok) throw new Error(`${name}: ${result?.reason}`);
    return result.out as Commands[typeof name]['out'];
  };
}
