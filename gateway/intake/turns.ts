// Lets records pass to the writer while it has room; the others wait in the order they came. Their PUBACKs wait
// with them and the evaluators keep what they have. Bounded by what the broker reads ahead of its connections.

export interface Turns {
  /** Undefined when there is room now; else resolves when there is. */
  next(): Promise<void> | undefined;
  /** Call when room may have come. */
  release(): void;
}

export function makeTurns(roomRecords: () => number): Turns {
  const queue: (() => void)[] = [];
  return {
    next() {
      if (queue.length === 0 && roomRecords() > 0) return undefined;
      return new Promise((resolve) => queue.push(resolve));
    },
    release() {
      if (queue.length === 0) return;
      for (const go of queue.splice(0, Math.max(0, roomRecords()))) go();
    },
  };
}
