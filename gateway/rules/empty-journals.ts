// When the evaluator of each window last said that its journal holds nothing unsent. Kept in memory: evaluators
// say it again with every report of their health. A window whose replaced evaluator may still hold presses has no
// empty journal, whatever the new one says.
import type { Clock, Sessions } from '../ports.ts';
import type { Reader } from '../store/reader.ts';

/** By the id of the window. */
export type EmptyJournals = Record<string, number>;

export function watchEmptyJournals(
  sessions: Pick<Sessions, 'onHealth' | 'onHello'>,
  clock: Clock,
  reader: Pick<Reader, 'retiringWindows'>,
): () => EmptyJournals {
  const emptyAtMs = new Map<string, number>();
  const note = (window: string | undefined, unsent: number) => {
    if (window !== undefined && unsent <= 0) emptyAtMs.set(window, clock.nowMs());
  };
  sessions.onHealth(({ window }, health) => note(window, health.journal.unsent));
  sessions.onHello(({ window }, hello) => note(window, hello.next - 1 - hello.acked));
  return () => {
    const retiring = new Set(reader.retiringWindows());
    return Object.fromEntries([...emptyAtMs].filter(([window]) => !retiring.has(window)));
  };
}
