// What an operator decides about the whole hall, in one place: the routes of the running gateway and a command without
// one both call it. Answers are values; the caller says them in its own way.
import type { Clock, Writer } from '../ports.ts';
import type { Change, Commands, Outcome } from '../store/commands/commands.ts';
import type { StuckDelivery } from '../store/questions/deliveries.ts';
import type { Reader } from '../store/reader.ts';

/** Records that one decision takes off the list, at most. */
export const DECISION_LIMIT_RECORDS = 10_000;

export interface DeliveryDecision {
  decision: 'retried' | 'skipped';
  /** Numbers of records, or everything on the list. */
  outbox: number[] | 'all';
  /** All of them when left out. */
  connector?: string | undefined;
  by: string;
  reason: string;
}

export interface Operator {
  /** A person has compared the clock of the machine. */
  confirmClock(): Promise<{ change: Change; atMs: number }>;
  /** A person gives up waiting for what an evaluator may hold since a restore. */
  abandonDevice(given: {
    id: string;
    by: string;
    reason: string;
  }): Promise<Outcome<{ change: Change }, 'device.unknown'>>;
  /** Those that waited for a person and no longer do. */
  decideDeliveries(decision: DeliveryDecision): Promise<{ changed: StuckDelivery[] }>;
  /** The release lies in the data folder and was verified. */
  orderUpdates(order: {
    devices: string[];
    version: string;
    forced: boolean;
  }): Promise<Outcome<object, 'device.unknown'>>;
  stopUpdates(devices: string[]): Promise<Commands['stop-updates']['out']>;
}

export interface OperatorParts {
  writer: Pick<Writer, 'submit'>;
  reader: Pick<Reader, 'stuckOf'>;
  clock: Pick<Clock, 'nowMs'>;
}

export function makeOperator({ writer, reader, clock }: OperatorParts): Operator {
  return {
    async confirmClock() {
      const atMs = clock.nowMs();
      return { ...(await writer.submit('confirm-clock', { atMs })), atMs };
    },
    abandonDevice: (given) => writer.submit('abandon-device', { ...given, atMs: clock.nowMs() }),
    async decideDeliveries({ decision, outbox: wanted, connector, by, reason }) {
      const stuck = reader.stuckOf({ connector, limit: DECISION_LIMIT_RECORDS });
      const ids = new Set(wanted === 'all' ? stuck.map(({ outbox }) => outbox) : wanted);
      const chosen = stuck.filter(({ outbox }) => ids.has(outbox));
      const changed: StuckDelivery[] = [];
      for (const one of new Set(chosen.map((row) => row.connector))) {
        const rows = chosen.filter((row) => row.connector === one);
        const outbox = rows.map((row) => row.outbox);
        const told = { decision, connector: one, outbox, by, reason, atMs: clock.nowMs() };
        const answer = await writer.submit('decide-delivery', told);
        const done = new Set(answer.changed);
        changed.push(...rows.filter((row) => done.has(row.outbox)));
      }
      return { changed };
    },
    orderUpdates: (order) => writer.submit('order-updates', { ...order, atMs: clock.nowMs() }),
    stopUpdates: (devices) => writer.submit('stop-updates', { devices, atMs: clock.nowMs() }),
  };
}
