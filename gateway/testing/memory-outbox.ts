// An outbox in memory for tests of senders; the real one is tested with the database.
import type { UpstreamRecord } from '../upstream/connector.ts';
import type { DeliveryResult, Outbox } from '../upstream/outbox.ts';

interface Item {
  id: number;
  projectNo: string;
  assessNumber: number;
  kind: 'service' | 'evaluation';
  item: UpstreamRecord;
  idempotencyKey: string;
  unanswered: boolean;
  held: boolean;
  taken: boolean;
  state: string;
}

export interface MemoryOutbox {
  outbox: Outbox;
  states(): string[];
  /** A service record and its evaluation. */
  add(projectNo: string, options?: { level?: number; unanswered?: boolean }): void;
  /** The evaluation of a case may not leave until it is `free`. */
  hold(projectNo: string): void;
  free(projectNo: string): void;
  /** A default that was released after it had been taken. */
  again(projectNo: string, kind: 'evaluation'): void;
  /** As a person does with `pingjia upstream retry`, in another process. */
  retry(projectNo: string): void;
}

export function makeMemoryOutbox(): MemoryOutbox {
  const items: Item[] = [];
  const listeners = new Set<(again: boolean) => void>();
  const find = (id: number) => items.find((item) => item.id === id)!;
  const waiting = (limit: number, taken: boolean) =>
    items.filter((item) => item.taken === taken && isWaiting(item)).slice(0, limit);
  const setHeld = (projectNo: string, held: boolean) => {
    for (const item of items)
      if (item.projectNo === projectNo && item.kind === 'evaluation') item.held = held;
  };
  const isWaiting = ({ state }: Item) => state === 'waiting' || state === 'again';
  return {
    outbox: {
      beyond: (limit) => waiting(limit, false),
      async take(upTo) {
        for (const item of items) if (item.id <= upTo) item.taken = true;
      },
      waiting: (limit) => waiting(limit, true),
      again: (limit) => waiting(limit, true).filter(({ state }) => state === 'again'),
      nextStep(id) {
        const { item, idempotencyKey, unanswered, held } = find(id);
        if (held) return { do: 'wait' };
        return isWaiting(find(id)) ? { do: 'send', item, idempotencyKey, mayBeThere: unanswered } : undefined;
      },
      async begin(id) {
        Object.assign(find(id), { unanswered: true, state: 'waiting' });
      },
      async settle(id, result: DeliveryResult) {
        find(id).state = result.state === 'refused' ? `refused ${result.code}` : result.state;
      },
      onAdded(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    states: () => items.map(({ state }) => state),
    again(projectNo, kind) {
      for (const item of items) if (item.projectNo === projectNo && item.kind === kind) item.state = 'again';
    },
    hold: (projectNo) => setHeld(projectNo, true),
    free: (projectNo) => setHeld(projectNo, false),
    retry(projectNo) {
      for (const item of items)
        if (item.projectNo === projectNo && item.state.startsWith('refused'))
          Object.assign(item, { state: 'again', unanswered: false });
    },
    add(projectNo, options = {}) {
      const key = { projectNo, assessNumber: 1 };
      const service = {
        ...key,
        taskCode: '1123010200135792462040131019004',
        taskName: '事项',
        projectName: undefined,
        areaCode: undefined,
        deptCode: undefined,
        details: {},
        serviceName: '受理',
        servedAtMs: 0,
        acceptedAtMs: undefined,
        completedAtMs: undefined,
        staff: { badgeId: '1', name: '张三' },
      };
      const record = { ...key, level: options.level ?? 5, reasons: [], pressedAtMs: 0 };
      const both: UpstreamRecord[] = [
        { kind: 'service', record: service, revision: 1 },
        { kind: 'evaluation', record, revision: 1, replaces: undefined, service },
      ];
      for (const item of both) {
        const id = items.length + 1;
        items.push({
          ...key,
          id,
          kind: item.kind === 'service' ? 'service' : 'evaluation',
          item,
          idempotencyKey: `key-${id}`,
          unanswered: options.unanswered ?? false,
          held: false,
          taken: false,
          state: 'waiting',
        });
      }
      for (const listener of listeners) listener(false);
    },
  };
}
