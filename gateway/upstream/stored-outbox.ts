// The outbox of the database, as the sender sees it. Rows are written with the facts they are about, elsewhere.
import type { ObservedWriter } from '../observed-writer.ts';
import type { Clock, CommandName } from '../ports.ts';
import type { OutboxRow } from '../store/questions/outbox.ts';
import type { Reader } from '../store/reader.ts';
import type { UpstreamRecord } from './connector.ts';
import type { Outbox, OutboxItem } from './outbox.ts';

export function makeStoredOutbox(parts: { writer: ObservedWriter; reader: Reader; clock: Clock }): Outbox {
  const { writer, reader, clock } = parts;
  return {
    heads: (query) => reader.outboxHeads(query).map(itemOf),
    async beginTry(id) {
      await writer.submit('outbox-begin', { id });
    },
    waitingItem(id) {
      const row = reader.outboxWaiting(id);
      return row && itemOf(row);
    },
    async markDelivered(id) {
      await writer.submit('outbox-delivered', { id, atMs: clock.nowMs() });
    },
    async markRefused(id, { code, reason }) {
      await writer.submit('outbox-refused', { id, code, reason, atMs: clock.nowMs() });
    },
    onAdded: (listener) =>
      writer.onCommitted(({ name }) => {
        if (ADDING.has(name)) listener();
      }),
  };
}

/** Commands after which rows may wait that did not before. */
const ADDING: ReadonlySet<string> = new Set<CommandName>([
  'put-service',
  'store-evaluation',
  'exclude-evaluation',
  'complete-case',
  'release-defaults',
  'note-hello',
  'quarantine',
  'end-start-wait',
  'abandon-device',
]);

function itemOf(row: OutboxRow): OutboxItem {
  const { id, projectNo, idempotencyKey, unanswered } = row;
  return { id, projectNo, idempotencyKey, unanswered, item: recordOf(row) };
}

function recordOf({ projectNo, assessNumber, content }: OutboxRow): UpstreamRecord {
  if (content.kind === 'evaluation') {
    const { level, reasons, pressedMs } = content;
    return {
      kind: 'evaluation',
      record: { projectNo, assessNumber, level, reasons, pressedAtMs: pressedMs },
    };
  }
  if (content.kind === 'default') {
    const { level, termEndsMs } = content;
    return { kind: 'default', record: { projectNo, assessNumber, level, termEndsMs } };
  }
  const { serviceName, servedAtMs, staff, persons, completedMs, case: matter } = content;
  return {
    kind: 'service',
    record: {
      projectNo,
      assessNumber,
      taskCode: matter.taskCode,
      taskName: matter.taskName,
      projectName: matter.projectName,
      areaCode: matter.areaCode,
      deptCode: matter.deptCode,
      serviceName,
      servedAtMs,
      acceptedAtMs: matter.acceptedAtMs,
      completedAtMs: completedMs,
      staff,
      persons,
    },
  };
}
