// Waits between tries, and when to try at all. Pure: time comes in, decisions go out.

export interface BackoffOptions {
  baseMs: number;
  limitMs: number;
  /** 0 to less than 1. */
  random: () => number;
}

/** Exponential with jitter over its upper half, so that it neither storms nor stalls. `failures` is at least 1. */
export function backoffMs(failures: number, { baseMs, limitMs, random }: BackoffOptions): number {
  const fullMs = Math.min(limitMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(fullMs / 2 + (random() * fullMs) / 2);
}

/** After this many failures in a row, whatever the record, upstream counts as away. */
export const BREAKER_LIMIT_FAILURES = 5;

export interface Breaker {
  /** How many sends may be under way at `nowMs`; 0 while waiting for the next trial. */
  allowance(nowMs: number, limit: number): number;
  /** When the next trial may start, or undefined while closed. */
  trialAtMs(): number | undefined;
  answered(): void;
  failed(nowMs: number): void;
  state(): 'closed' | 'open';
}

export function makeBreaker(options: BackoffOptions): Breaker {
  let failures = 0;
  let nextTrialMs = 0;
  const open = () => failures >= BREAKER_LIMIT_FAILURES;
  return {
    allowance(nowMs, limit) {
      if (!open()) return limit;
      return nowMs >= nextTrialMs ? 1 : 0;
    },
    trialAtMs: () => (open() ? nextTrialMs : undefined),
    answered() {
      failures = 0;
    },
    failed(nowMs) {
      failures += 1;
      if (open()) nextTrialMs = nowMs + backoffMs(failures - BREAKER_LIMIT_FAILURES + 1, options);
    },
    state: () => (open() ? 'open' : 'closed'),
  };
}
