// The rows that one connector has before it, in memory: a queue for each case in the order of the outbox, the cases
// ready to go in the order they became so, those under way, and those that wait after a failure.
import type { OutboxHead } from './outbox.ts';

interface Wait {
  failures: number;
  untilMs: number;
  /** Held back, not failed: no trial before its time. */
  held: boolean;
}

export interface CaseQueues {
  /** Rows known already are left out. */
  add(rows: readonly OutboxHead[]): void;
  /** Rows before it, whether under way or not. */
  size(): number;
  readyCount(): number;
  busyCount(): number;
  /** The next case that may go; its first row is under way until `done`, `later` or `failed`. */
  nextReady(nowMs: number): OutboxHead | undefined;
  /** While upstream is away: a case that has not failed yet, else the one that failed longest ago. */
  nextTrial(nowMs: number): OutboxHead | undefined;
  /** The first row of the case is settled. */
  done(row: OutboxHead): void;
  /** Not now, without a failure. */
  later(row: OutboxHead, untilMs: number): void;
  /** Returns how often the case has failed in a row. */
  failed(row: OutboxHead, untilMs: (failures: number) => number): number;
  /** Upstream is back: what failed waits no longer. */
  wakeFailed(): void;
  /** What was held back may be free. */
  wakeHeld(): void;
  /** When the next case may go by itself. */
  nextMs(nowMs: number): number | undefined;
}

export function makeCaseQueues(): CaseQueues {
  const queues = new Map<string, OutboxHead[]>();
  const ids = new Set<number>();
  const ready = new Set<string>();
  const busy = new Set<string>();
  const waits = new Map<string, Wait>();

  const head = (projectNo: string | undefined): OutboxHead | undefined => {
    if (projectNo === undefined) return undefined;
    ready.delete(projectNo);
    busy.add(projectNo);
    return queues.get(projectNo)![0];
  };
  const waitUntil = ({ projectNo }: OutboxHead, wait: Wait) => {
    busy.delete(projectNo);
    // At the end: the order of insertion is the order of the last try.
    waits.delete(projectNo);
    waits.set(projectNo, wait);
  };

  const wake = (which: boolean) => {
    for (const [projectNo, { held }] of waits) {
      if (held !== which) continue;
      if (!busy.has(projectNo)) ready.add(projectNo);
      waits.delete(projectNo);
    }
  };

  return {
    add(rows) {
      for (const row of rows) {
        if (ids.has(row.id)) continue;
        ids.add(row.id);
        const queue = queues.get(row.projectNo);
        if (!queue) {
          queues.set(row.projectNo, [row]);
          ready.add(row.projectNo);
          continue;
        }
        // The first row may be under way; what came again goes before what is younger.
        const from = busy.has(row.projectNo) ? 1 : 0;
        const place = queue.findIndex((other, index) => index >= from && other.id > row.id);
        queue.splice(place === -1 ? queue.length : place, 0, row);
      }
    },
    size: () => ids.size,
    readyCount: () => ready.size,
    busyCount: () => busy.size,
    nextReady(nowMs) {
      for (const [projectNo, { untilMs }] of waits)
        if (untilMs <= nowMs && !busy.has(projectNo)) ready.add(projectNo);
      return head(ready.values().next().value);
    },
    nextTrial(nowMs) {
      for (const projectNo of ready) if (!waits.has(projectNo)) return head(projectNo);
      for (const [projectNo, { held, untilMs }] of waits)
        if (!busy.has(projectNo) && (!held || untilMs <= nowMs)) return head(projectNo);
      return undefined;
    },
    done({ id, projectNo }) {
      ids.delete(id);
      busy.delete(projectNo);
      waits.delete(projectNo);
      const queue = queues.get(projectNo)!;
      queue.shift();
      if (queue.length === 0) queues.delete(projectNo);
      else ready.add(projectNo);
    },
    later(row, untilMs) {
      waitUntil(row, { failures: waits.get(row.projectNo)?.failures ?? 0, untilMs, held: true });
    },
    failed(row, untilMs) {
      const failures = (waits.get(row.projectNo)?.failures ?? 0) + 1;
      waitUntil(row, { failures, untilMs: untilMs(failures), held: false });
      return failures;
    },
    wakeFailed: () => wake(false),
    wakeHeld: () => wake(true),
    nextMs(nowMs) {
      let next: number | undefined;
      for (const { untilMs } of waits.values())
        if (untilMs > nowMs && (next === undefined || untilMs < next)) next = untilMs;
      return next;
    },
  };
}
