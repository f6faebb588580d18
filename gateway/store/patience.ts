// Whether a command that changes much, and that nobody waits for, lets the records beside it go first: it does after a
// transaction that took long, as beside a checkpoint, so that whoever waited for that one waits for nothing else.

export const LONG_TRANSACTION_MS = 10;
/** So often in a row: where every transaction is long, as under full load, terms end all the same. */
export const GIVES_WAY_LIMIT_TURNS = 4;

export interface Patience {
  /** After each transaction. */
  took(ms: number): void;
  /** Before the next one; `prompt` is what waits beside it. */
  givesWay(prompt: number): boolean;
}

export function makePatience(): Patience {
  let wasLong = false;
  let turns = 0;
  return {
    took(ms) {
      wasLong = ms > LONG_TRANSACTION_MS;
    },
    givesWay(prompt) {
      const gives = wasLong && prompt > 0 && turns < GIVES_WAY_LIMIT_TURNS;
      turns = gives ? turns + 1 : 0;
      return gives;
    },
  };
}
