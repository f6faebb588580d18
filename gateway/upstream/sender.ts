// Empties the outbox towards one connector: per case in order, several cases at once, with backoff per case and a
// circuit breaker for all. Delivers at least once with one key per record; a refusal is kept and never repeated.
// Every connector has a sender of its own: none waits for another.
import { mark } from '../marks.ts';
import type { Clock, Log } from '../ports.ts';
import { type BackoffOptions, type Breaker, backoffMs, makeBreaker } from './backoff.ts';
import { makeCaseQueues } from './case-queues.ts';
import type { SendResult, UpstreamConnector } from './connector.ts';
import type { Outbox, OutboxHead } from './outbox.ts';

export interface SenderOptions extends BackoffOptions {
  /** Of the connector, for the log. */
  id: string;
  outbox: Outbox;
  connector: UpstreamConnector;
  clock: Clock;
  log: Log;
  concurrency: number;
  timeoutMs: number;
  /** How often a row that was held back, or that a person wants sent again, is noticed. */
  lookAgainMs?: number;
}

/** Rows in memory, at most: so many may fail again and again and still hold up nobody. */
export const TAKEN_LIMIT_ROWS = 10_000;
/** Rows are taken so many at a time, once fewer cases than this are ready. */
const TAKE_LIMIT_ROWS = 500;
const READY_LOW_CASES = 100;
export const LOOK_AGAIN_EVERY_MS = 5000;

export interface Sender {
  readonly id: string;
  start(): void;
  /** Ends tries under way; resolves when none is left. */
  stop(): Promise<void>;
  breakerState(): 'closed' | 'open';
}

export function makeSender(options: SenderOptions): Sender {
  const { id: connector, outbox, clock, lookAgainMs = LOOK_AGAIN_EVERY_MS } = options;
  const log: Log = {
    info: (fields, message) => options.log.info({ connector, ...fields }, message),
    warn: (fields, message) => options.log.warn({ connector, ...fields }, message),
    error: (fields, message) => options.log.error({ connector, ...fields }, message),
  };
  const breaker: Breaker = makeBreaker(options);
  const queues = makeCaseQueues();
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  /** Rows may be taken and not be in memory: at the start, and beyond the limit. */
  let mayHaveMore = true;
  let taking = false;
  /** Rows may have been added while some were taken. */
  let takeAgain = false;
  let cancelTimer: () => void = () => undefined;
  let cancelRetake: () => void = () => undefined;
  let cancelLook: () => void = () => undefined;
  let unsubscribe: () => void = () => undefined;

  function pump(): void {
    if (stopping.signal.aborted) return;
    const nowMs = clock.monotonicMs();
    beginMore(nowMs);
    takeMore();
    // With the time that decided: a moment reached since then must still get its timer.
    schedule(nowMs);
  }

  function beginMore(nowMs: number): void {
    const isOpen = breaker.state() === 'open';
    for (let free = breaker.allowance(nowMs, options.concurrency) - queues.busyCount(); free > 0; free -= 1) {
      const row = isOpen ? queues.nextTrial(nowMs) : queues.nextReady(nowMs);
      if (!row) return;
      begin(row);
    }
  }

  /** Many at a time: with a long backlog looking for rows costs more than sending one. */
  function takeMore(): void {
    if (queues.readyCount() >= READY_LOW_CASES || queues.size() >= TAKEN_LIMIT_ROWS) return;
    if (taking) {
      takeAgain = true;
      return;
    }
    taking = true;
    takeAgain = false;
    track(
      takeOnce()
        .catch((error: unknown) => {
          log.error({ err: error }, 'The outbox could not be read; it is looked at again.');
          cancelRetake = clock.after(options.baseMs, pump);
          return false;
        })
        .then((found) => {
          taking = false;
          if (found || takeAgain) pump();
        }),
    );
  }

  /** True if there was something. */
  async function takeOnce(): Promise<boolean> {
    if (mayHaveMore) {
      const waiting = outbox.waiting(TAKEN_LIMIT_ROWS);
      queues.add(waiting);
      mayHaveMore = waiting.length >= TAKEN_LIMIT_ROWS;
      if (waiting.length > 0) return true;
    }
    const rows = outbox.beyond(TAKE_LIMIT_ROWS);
    if (rows.length === 0) return false;
    // Whether a commit that failed took them is not known.
    mayHaveMore = true;
    await outbox.take(rows.at(-1)!.id);
    mayHaveMore = false;
    // Those that are held come again when they are released.
    queues.add(rows);
    return true;
  }

  function begin(row: OutboxHead): void {
    track(
      attempt(row)
        .catch((error: unknown) => {
          log.error({ err: error, outbox: row.id }, 'The outbox was not updated; the record is tried again.');
          failed(row);
        })
        .then(pump),
    );
  }

  function track(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  async function attempt(row: OutboxHead): Promise<void> {
    const step = outbox.nextStep(row.id, options.connector.rules);
    if (!step) return queues.done(row);
    if (step.do === 'wait') return heldBack(row);
    if (step.do === 'settle') {
      await outbox.settle(row.id, step.result);
      if (step.result.state === 'listed') {
        mark('delivery.listed');
        log.warn({ outbox: row.id, reason: step.result.reason }, 'A correction is listed for a person.');
      } else mark('delivery.omitted');
      return queues.done(row);
    }
    await outbox.begin(row.id);
    // Read anew: what is sent is what stands when the try has begun.
    const current = outbox.nextStep(row.id, options.connector.rules);
    if (current?.do === 'wait') return heldBack(row);
    if (current?.do !== 'send') return queues.done(row);
    const result = await sendWithin(current);
    if (result.outcome === 'failed') {
      if (stopping.signal.aborted) return queues.later(row, 0);
      failed(row);
      log.warn(
        { outbox: row.id, reason: result.reason, breaker: breaker.state() },
        'Upstream did not answer.',
      );
      return;
    }
    if (breaker.state() === 'open') queues.wakeFailed();
    breaker.answered();
    await settle(row, { result, mayBeThere: step.mayBeThere });
    queues.done(row);
  }

  async function settle(
    row: OutboxHead,
    { result, mayBeThere }: { result: Exclude<SendResult, { outcome: 'failed' }>; mayBeThere: boolean },
  ): Promise<void> {
    if (result.outcome === 'already-there' && mayBeThere) mark('delivery.already-there');
    if (result.outcome === 'delivered' || (result.outcome === 'already-there' && mayBeThere))
      return outbox.settle(row.id, { state: 'delivered', suppliedText: result.suppliedText });
    const { code, reason } = result;
    mark('delivery.refused');
    log.warn({ outbox: row.id, code, reason }, 'Upstream refused a record.');
    await outbox.settle(row.id, { state: 'refused', code, reason });
  }

  async function sendWithin(step: {
    item: Parameters<UpstreamConnector['send']>[0];
    idempotencyKey: string;
  }): Promise<SendResult> {
    const limit = new AbortController();
    const cancel = clock.after(options.timeoutMs, () =>
      limit.abort(new Error(`no complete answer within ${options.timeoutMs} ms`)),
    );
    try {
      const signal = AbortSignal.any([limit.signal, stopping.signal]);
      return await options.connector.send(step.item, { idempotencyKey: step.idempotencyKey, signal });
    } finally {
      cancel();
    }
  }

  function heldBack(row: OutboxHead): void {
    mark('delivery.held-back');
    queues.later(row, clock.monotonicMs() + lookAgainMs);
  }

  function failed(row: OutboxHead): void {
    const nowMs = clock.monotonicMs();
    const wasOpen = breaker.state() === 'open';
    mark('delivery.failed');
    breaker.failed(nowMs);
    if (!wasOpen && breaker.state() === 'open') {
      mark('delivery.away');
      log.warn({}, 'Upstream counts as away; one trial at a time.');
    }
    queues.failed(row, (failures) => nowMs + backoffMs(failures, options));
  }

  /** One timer for the next moment at which anything may change by itself. */
  function schedule(nowMs: number): void {
    cancelTimer();
    const trialMs = breaker.trialAtMs();
    const nextMs = trialMs !== undefined && trialMs > nowMs ? trialMs : queues.nextMs(nowMs);
    cancelTimer =
      nextMs === undefined ? () => undefined : clock.after(Math.max(0, nextMs - clock.monotonicMs()), pump);
  }

  /** What a person wants sent again was written by another process; a failed look is made up for here too. */
  function lookAgain(): void {
    if (stopping.signal.aborted) return;
    try {
      // Not before older rows of their cases are known: those come with everything that waits.
      if (!mayHaveMore) queues.add(outbox.again(TAKEN_LIMIT_ROWS));
      pump();
    } catch (error) {
      log.error({ err: error }, 'The outbox could not be read; it is looked at again.');
    }
    cancelLook();
    cancelLook = clock.after(lookAgainMs, lookAgain);
  }

  return {
    id: connector,
    start() {
      unsubscribe = outbox.onAdded((again) => {
        if (again) queues.wakeHeld();
        if (again) lookAgain();
        else pump();
      });
      lookAgain();
    },
    async stop() {
      unsubscribe();
      stopping.abort(new Error('the gateway stops'));
      for (const cancel of [cancelTimer, cancelRetake, cancelLook]) cancel();
      await Promise.all(underWay);
      await options.connector.close?.();
    },
    breakerState: () => breaker.state(),
  };
}
