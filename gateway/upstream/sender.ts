// Empties the outbox towards upstream: per case in order, several cases at once, with backoff per case and a
// circuit breaker for all. Delivers at least once with one key per record; a refusal is kept and never repeated.
import type { Clock, Log } from '../ports.ts';
import { type BackoffOptions, type Breaker, backoffMs, makeBreaker } from './backoff.ts';
import type { SendResult, UpstreamConnector } from './connector.ts';
import type { Outbox, OutboxItem } from './outbox.ts';

export interface SenderOptions extends BackoffOptions {
  outbox: Outbox;
  connector: UpstreamConnector;
  clock: Clock;
  log: Log;
  concurrency: number;
  timeoutMs: number;
}

/** Cases whose last try failed and that wait, at most; beyond it the oldest is looked at again at once. */
export const WAITING_LIMIT_CASES = 10_000;

const HEADS_LIMIT_ITEMS = 100;

export interface Sender {
  start(): void;
  /** Ends tries under way; resolves when none is left. */
  stop(): Promise<void>;
  breakerState(): 'closed' | 'open';
}

interface CaseWait {
  failures: number;
  untilMs: number;
}

export function makeSender(options: SenderOptions): Sender {
  const { outbox, clock, log } = options;
  const breaker: Breaker = makeBreaker(options);
  const busy = new Map<string, Promise<void>>();
  const waits = new Map<string, CaseWait>();
  const stopping = new AbortController();
  let ready: OutboxItem[] = [];
  let cancelTimer: () => void = () => undefined;
  let unsubscribe: () => void = () => undefined;

  function pump(): void {
    if (stopping.signal.aborted) return;
    const nowMs = clock.monotonicMs();
    try {
      beginMore(nowMs);
      // With the time that decided: a moment reached since then must still get its timer.
      schedule(nowMs);
    } catch (error) {
      log.error({ err: error }, 'outbox not read; it is looked at again');
      cancelTimer();
      cancelTimer = clock.after(options.baseMs, pump);
    }
  }

  function beginMore(nowMs: number): void {
    const free = breaker.allowance(nowMs, options.concurrency) - busy.size;
    if (free > 0) {
      const isOpen = breaker.state() === 'open';
      for (const item of isOpen ? trialItems() : nextItems(nowMs, free)) begin(item);
    }
  }

  /** Heads are fetched many at a time: with a long backlog looking for them costs more than sending one. */
  function nextItems(nowMs: number, limit: number): OutboxItem[] {
    if (ready.length === 0) {
      ready = outbox.heads({ withoutCases: notNow(nowMs), limit: HEADS_LIMIT_ITEMS });
    }
    const blocked = notNow(nowMs);
    const items: OutboxItem[] = [];
    while (items.length < limit && ready.length > 0) {
      const item = ready.shift()!;
      if (!blocked.has(item.projectNo)) items.push(item);
    }
    return items;
  }

  function notNow(nowMs: number): Set<string> {
    const cases = new Set(busy.keys());
    for (const [projectNo, { untilMs }] of waits) if (untilMs > nowMs) cases.add(projectNo);
    return cases;
  }

  /** A trial takes a case that has not failed yet, else the one that failed longest ago: none blocks the others. */
  function trialItems(): OutboxItem[] {
    const fresh = outbox.heads({ withoutCases: new Set(waits.keys()), limit: 1 });
    if (fresh.length > 0) return fresh;
    return outbox.heads({ withoutCases: new Set([...waits.keys()].slice(1)), limit: 1 });
  }

  function begin(item: OutboxItem): void {
    const done = attempt(item)
      .catch((error: unknown) => {
        log.error({ err: error, outbox: item.id }, 'outbox not updated; the record is tried again');
        failed(item);
      })
      .finally(() => {
        busy.delete(item.projectNo);
        pump();
      });
    busy.set(item.projectNo, done);
  }

  async function attempt(item: OutboxItem): Promise<void> {
    // Read anew: the item may have waited in `ready` through tries of its case that were never answered.
    const before = outbox.waitingItem(item.id);
    if (!before) return;
    await outbox.beginTry(item.id);
    const current = outbox.waitingItem(item.id);
    if (!current) return;
    const result = await sendWithin(current);
    if (result.outcome === 'failed') {
      if (stopping.signal.aborted) return;
      failed(item);
      log.warn(
        { outbox: item.id, reason: result.reason, breaker: breaker.state() },
        'upstream did not answer',
      );
      return;
    }
    if (breaker.state() === 'open') waits.clear();
    breaker.answered();
    waits.delete(item.projectNo);
    if (result.outcome === 'delivered' || (result.outcome === 'already-there' && before.unanswered)) {
      await outbox.markDelivered(item.id);
      return;
    }
    log.warn({ outbox: item.id, code: result.code, reason: result.reason }, 'upstream refused a record');
    await outbox.markRefused(item.id, { code: result.code, reason: result.reason });
  }

  async function sendWithin({ item, idempotencyKey }: OutboxItem): Promise<SendResult> {
    const limit = new AbortController();
    const cancel = clock.after(options.timeoutMs, () =>
      limit.abort(new Error(`no complete answer within ${options.timeoutMs} ms`)),
    );
    try {
      const signal = AbortSignal.any([limit.signal, stopping.signal]);
      return await options.connector.send(item, { idempotencyKey, signal });
    } finally {
      cancel();
    }
  }

  function failed({ projectNo }: OutboxItem): void {
    const nowMs = clock.monotonicMs();
    const wasOpen = breaker.state() === 'open';
    breaker.failed(nowMs);
    if (!wasOpen && breaker.state() === 'open') log.warn({}, 'upstream counts as away; one trial at a time');
    const failures = (waits.get(projectNo)?.failures ?? 0) + 1;
    waits.delete(projectNo);
    waits.set(projectNo, { failures, untilMs: nowMs + backoffMs(failures, options) });
    if (waits.size > WAITING_LIMIT_CASES) waits.delete(waits.keys().next().value!);
  }

  /** One timer for the next moment at which anything may change by itself. */
  function schedule(nowMs: number): void {
    cancelTimer();
    const trialMs = breaker.trialAtMs();
    const moments = trialMs === undefined ? [...waits.values()].map(({ untilMs }) => untilMs) : [trialMs];
    const next = Math.min(...moments.filter((momentMs) => momentMs > nowMs));
    const delayMs = Math.max(0, next - clock.monotonicMs());
    cancelTimer = Number.isFinite(next) ? clock.after(delayMs, pump) : () => undefined;
  }

  return {
    start() {
      unsubscribe = outbox.onAdded(pump);
      pump();
    },
    async stop() {
      unsubscribe();
      stopping.abort(new Error('the gateway stops'));
      cancelTimer();
      await Promise.all(busy.values());
    },
    breakerState: () => breaker.state(),
  };
}
