// Sends the journal's records in order through one session and frees what the gateway acknowledged, never more
// than was sent in this session. One record a turn, so that keys need not wait.
import { IN_FLIGHT_LIMIT_RECORDS, RESEND_AFTER_MS, RESEND_LIMIT_MS } from '../../protocol/constants.ts';
import type { Journal, JournalRecord } from '../contracts.ts';
import type { TimerId, Timers } from '../ports.ts';

export interface SenderOptions {
  journal: Journal;
  timers: Timers;
  /** False when it cannot be taken now; `wake` is called when it may. */
  publish(record: JournalRecord): boolean;
  /** Flash damage was found that this session's hello did not tell: without it the gateway waits for ever. */
  onUntoldGap(): void;
}

export interface Sender {
  /** `told`: the ranges that hello named as missing. */
  start(told: [number, number][]): void;
  stop(): void;
  /** There may be something to send, or room for it. */
  wake(): void;
  acknowledged(upTo: number): void;
  /** Sends every record kept from `seq` on, acknowledged or not. */
  resendFrom(seq: number): void;
}

export function createSender(options: SenderOptions): Sender {
  const journal = options.journal;
  const timers = options.timers;
  let told: [number, number][] = [];
  let running = false;
  /** Sequence to send next; all below `acked` is acknowledged; up to `sent` was sent in this session. */
  let cursor = 1;
  let acked = 0;
  let sent = 0;
  let turn: TimerId | undefined;
  let resend: TimerId | undefined;
  let resendMs = RESEND_AFTER_MS;

  function wake(): void {
    if (running && turn === undefined) turn = timers.after(0, sendOne);
  }

  function disarmResend(): void {
    if (resend !== undefined) timers.cancel(resend);
    resend = undefined;
  }

  function armResend(): void {
    disarmResend();
    resend = timers.after(resendMs, () => {
      resend = undefined;
      if (cursor <= acked + 1) return;
      cursor = acked + 1;
      resendMs = Math.min(2 * resendMs, RESEND_LIMIT_MS);
      armResend();
      wake();
    });
  }

  function wasTold(first: number, last: number): boolean {
    return told.some((range) => range[0] <= first && range[1] >= last);
  }

  function sendOne(): void {
    turn = undefined;
    if (cursor - 1 - acked >= IN_FLIGHT_LIMIT_RECORDS) return;
    const record = journal.firstFrom(cursor);
    const end = record ? record.seq : journal.state().next;
    if (end > cursor && !wasTold(cursor, end - 1)) {
      options.onUntoldGap();
      return;
    }
    if (record && !options.publish(record)) return;
    if (record && resend === undefined) armResend();
    cursor = record ? end + 1 : end;
    sent = Math.max(sent, cursor - 1);
    if (record) wake();
  }

  return {
    start(ranges) {
      const state = journal.state();
      told = ranges;
      running = true;
      cursor = Math.max(state.acked + 1, state.oldest);
      acked = cursor - 1;
      sent = acked;
      resendMs = RESEND_AFTER_MS;
      wake();
    },
    stop() {
      running = false;
      if (turn !== undefined) timers.cancel(turn);
      turn = undefined;
      disarmResend();
    },
    wake: wake,
    acknowledged(upTo) {
      const seq = Math.min(upTo, sent);
      if (!running || seq <= acked) return;
      acked = seq;
      cursor = Math.max(cursor, acked + 1);
      resendMs = RESEND_AFTER_MS;
      if (cursor > acked + 1) armResend();
      else disarmResend();
      journal.acknowledge(seq);
      wake();
    },
    resendFrom(seq) {
      if (!running) return;
      const state = journal.state();
      cursor = Math.max(Math.min(seq, state.next), state.oldest);
      acked = cursor - 1;
      wake();
    },
  };
}
