// One command given to a store by a test, in a transaction of its own.
import type { CommandName } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import type { Store } from '../store/store.ts';

/** What the command answered. Throws with its reason where it failed. */
export function applyOne<N extends CommandName>(
  store: Store,
  name: N,
  input: Commands[N]['in'],
): Commands[N]['out'] {
  const [result] = store.apply([{ name, input }]);
  if (!result?.ok) throw new Error(`${name}: ${result?.reason}`);
  return result.out as Commands[N]['out'];
}
