// Counts by name since the start: wire errors by their code, and a few events. Bounded by the names in the code.
import type { Counters } from '../ports.ts';

export function makeCounters(): Counters {
  const counts = new Map<string, number>();
  return {
    count(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    all: () => Object.fromEntries(counts),
  };
}
