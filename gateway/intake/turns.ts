// Lets a bounded number of records be under way at the writer; the others wait in the order they came. Their
// PUBACKs wait with them and the evaluators keep what they have. Bounded by what the broker reads ahead of its
// connections.

export interface Turns {
  /** Undefined when the record may go at once; else resolves when it may. Each turn taken must be given back. */
  next(): Promise<void> | undefined;
  release(): void;
}

export function makeTurns(limitRecords: number): Turns {
  const queue: (() => void)[] = [];
  let underWay = 0;
  return {
    next() {
      if (underWay >= limitRecords) return new Promise((resolve) => queue.push(resolve));
      underWay += 1;
      return undefined;
    },
    release() {
      const go = queue.shift();
      // The turn goes on to the one who waits.
      if (go) go();
      else underWay -= 1;
    },
  };
}
