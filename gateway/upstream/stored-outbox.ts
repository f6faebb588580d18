// The outbox of the database as the sender of one connector sees it. Rows are written with the facts they are about,
// elsewhere; what to do with one is planned by core/delivery.ts.
import { type Change, type DeliveryRules, isThere, planOf, planOfService } from '../core/delivery.ts';
import type { ObservedWriter } from '../observed-writer.ts';
import type { Clock, CommandName } from '../ports.ts';
import type { Reader } from '../store/reader.ts';
import type { Outbox } from './outbox.ts';
import { makeRecords } from './stored-records.ts';

export interface StoredOutboxParts {
  connectorNo: number;
  writer: ObservedWriter;
  reader: Reader;
  clock: Clock;
}

export function makeStoredOutbox({ connectorNo, writer, reader, clock }: StoredOutboxParts): Outbox {
  const records = makeRecords(reader);
  const levelNames = (change: Change) => {
    const told = records.replaced(change.outbox);
    return told ? `${told.kind} ${told.level}` : 'nothing';
  };
  let isHeldBack = false;
  /** Windows waited for when a commit was told of last; whoever begins to wait for more makes it undefined. */
  let awaitedWindows: number | undefined;
  // Counted here only, not where a row is held back: the writer commits in between, and tells of a commit once.
  const hasCaughtUp = () => {
    if (!isHeldBack) return false;
    const before = awaitedWindows;
    awaitedWindows = reader.awaitedWindowCount();
    if (awaitedWindows === before) return false;
    isHeldBack = false;
    return true;
  };
  return {
    beyond: (limit) => reader.outboxBeyond({ connectorNo, limit }),
    async take(upTo) {
      await writer.submit('take-outbox', { connectorNo, upTo, atMs: clock.nowMs() });
    },
    waiting: (limit) => reader.deliveriesWaiting({ connectorNo, limit }),
    again: (limit) => reader.deliveriesIn({ connectorNo, state: 'again', limit }),
    nextStep(id: number, rules: DeliveryRules) {
      const question = reader.deliveryOf({ connectorNo, outbox: id });
      if (!question || (question.state !== 'waiting' && question.state !== 'again')) return undefined;
      // The one place that holds back what may not leave yet; a try begins by the same predicate (commands/outbox.ts).
      if (question.awaited) {
        isHeldBack = true;
        return { do: 'wait' };
      }
      const mayBeThere = (question.unanswered || question.change.mayBeThere) && !question.mayBeAnother;
      const row = reader.outboxRow(id);
      const { idempotencyKey } = row;
      if (row.content.kind === 'service') {
        const earlier = question.earlier.map(({ standing }) => standing);
        const told = planOfService({ ...question, earlier }, rules);
        if (told.do === 'omit') return { do: 'settle', result: { state: 'omitted', reason: told.why } };
        return { do: 'send', item: records.service(row), idempotencyKey, mayBeThere };
      }
      const plan = planOf(question, rules);
      switch (plan.do) {
        case 'omit':
          return { do: 'settle', result: { state: 'omitted', reason: plan.why } };
        case 'list': {
          const there = plan.replaces;
          const has = isThere(there.standing) ? 'has' : 'may have, from the database that was lost,';
          const reason = `upstream ${has} ${levelNames(there)}, now ${levelNames(question.change)} counts`;
          return { do: 'settle', result: { state: 'listed', reason, there: there.outbox } };
        }
        case 'send': {
          const replaces = plan.replaces && records.replaced(plan.replaces.outbox);
          return { do: 'send', item: records.change(row, replaces), idempotencyKey, mayBeThere };
        }
      }
    },
    async begin(id) {
      await writer.submit('begin-delivery', { connectorNo, outbox: id });
    },
    async settle(id, result) {
      await writer.submit('settle-delivery', { connectorNo, outbox: id, result, atMs: clock.nowMs() });
    },
    onAdded: (listener) =>
      writer.onCommitted(({ name }) => {
        if (FREEING.has(name)) {
          awaitedWindows = undefined;
          listener(true);
        } else if (CATCHING_UP.has(name)) listener(hasCaughtUp());
        else if (ADDING.has(name)) listener(false);
      }),
  };
}

/** Commands after which rows may wait that did not before. */
const ADDING: ReadonlySet<string> = new Set<CommandName>([
  'put-case',
  'put-service',
  'exclude-evaluation',
  'complete-case',
  'withdraw-case',
  'settle-due',
  'move-terms',
  'create-invitation',
  'cancel-invitation',
  'match-unlinked',
]);
/** Commands with which an evaluator may have sent the last of what it was asked for. */
const CATCHING_UP: ReadonlySet<string> = new Set<CommandName>(['store-evaluation', 'quarantine']);
/** Commands after which rows may leave that waited. */
const FREEING: ReadonlySet<string> = new Set<CommandName>([
  'release-defaults',
  'decide-delivery',
  'note-hello',
  'end-start-wait',
  'abandon-device',
]);
