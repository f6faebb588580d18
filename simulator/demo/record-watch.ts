// Watches the gateway's records through its API and the province's through its file, for the page and for the
// end of draining. The final account does not come from here but from the artefacts (counts.ts).
import type { Cancel, WorldClock } from '../ports.ts';
import type { ProvinceView, ReceivedEvaluation } from '../province/read-store.ts';
import type { EvaluationRow, GatewayApi } from '../window-system/gateway-api.ts';

export interface RecordWatch {
  /** By device: the newest sequence at the gateway. */
  committedSeq(device: string): number;
  readonly committed: number;
  readonly forwarded: number;
  readonly received: number;
  readonly refused: number;
  newestRows(limit: number): EvaluationRow[];
  newestReceived(limit: number): ReceivedEvaluation[];
  stop(): void;
}

export interface RecordWatchOptions {
  api: GatewayApi;
  province: ProvinceView;
  clock: WorldClock;
  onChange: () => void;
}

const POLL_INTERVAL_MS = 250;
const PAGE_ROWS = 500;

export function startRecordWatch({ api, province, clock, onChange }: RecordWatchOptions): RecordWatch {
  const rows = new Map<number, EvaluationRow>();
  const forwardedIds = new Set<number>();
  const newestSeq = new Map<string, number>();
  let received = 0;
  let cancel: Cancel | undefined;
  let stopped = false;

  const isForwarded = (row: EvaluationRow) =>
    row.services.length > 0 && row.services.every((service) => province.has(service));

  const note = (row: EvaluationRow): boolean => {
    const known = rows.get(row.id);
    rows.set(row.id, row);
    newestSeq.set(row.device, Math.max(newestSeq.get(row.device) ?? 0, row.seq));
    return known === undefined || JSON.stringify(known) !== JSON.stringify(row);
  };
  /** Rows before the first that is not through yet cannot change any more. */
  const settledUpTo = () => {
    let last = 0;
    for (const row of rows.values()) {
      if (row.services.some((service) => service.upstream === 'waiting')) return last;
      last = row.id;
    }
    return last;
  };
  const poll = async () => {
    const path = `/v1/evaluations?after=${settledUpTo()}&limit=${PAGE_ROWS}`;
    const answer = await api.callOnce<{ evaluations: EvaluationRow[] }>({ method: 'GET', path });
    if (stopped) return;
    let changed = province.count() !== received;
    received = province.count();
    if (answer.ok) changed = answer.body.evaluations.filter(note).length > 0 || changed;
    for (const row of rows.values()) {
      if (forwardedIds.has(row.id) || !isForwarded(row)) continue;
      forwardedIds.add(row.id);
      changed = true;
    }
    if (changed) onChange();
    cancel = clock.after(POLL_INTERVAL_MS, () => void poll());
  };
  void poll();
  return {
    committedSeq: (device) => newestSeq.get(device) ?? 0,
    get committed() {
      return rows.size;
    },
    get forwarded() {
      return forwardedIds.size;
    },
    get received() {
      return received;
    },
    get refused() {
      return province.refusalCount();
    },
    newestRows: (limit) => [...rows.values()].slice(-limit).reverse(),
    newestReceived: (limit) => province.newest(limit),
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
