// Commands of the default sweep: ends terms, and lets defaults go upstream once no evaluator can hold a press.
import { effectiveOf } from '../../core/effective.ts';
import { mark } from '../../marks.ts';
import { atMost } from '../at-most.ts';
import type { CommandContext, DueService, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';
import { type FirstDefault, makeFirstDefaults } from './first-defaults.ts';
import { type FoundDue, makeServiceState } from './service-state.ts';

type Sweep = Pick<Handlers, 'settle-due' | 'release-defaults' | 'match-unlinked'>;
interface HeldRow {
  id: number;
  createdMs: number;
  projectNo: string;
  assessNumber: number;
  termEndsMs: number;
}

const FIRST: DueService = { dueMs: 0, no: 0 };

export function makeSweepCommands(context: CommandContext): Sweep {
  const { database, awaited, unlinked } = context;
  const effective = makeEffective(context);
  const states = makeServiceState(database);
  const firstDefaults = makeFirstDefaults(context);
  const nextDueAfter = database.prepare('SELECT min(due_ms) FROM service_state WHERE due_ms > ?').pluck();
  const nextDue = database.prepare('SELECT min(due_ms) FROM service_state WHERE due_ms IS NOT NULL').pluck();
  const held = database.prepare(
    `SELECT o.id, o.created_ms AS createdMs, o.project_no AS projectNo, o.assess_number AS assessNumber,
       json_extract(f.body, '$.termEndsMs') AS termEndsMs
     FROM outbox o JOIN fact f ON f.id = o.default_fact WHERE o.held = 1 AND o.id > ? ORDER BY o.id ${atMost()}`,
  );
  // A press on the service can come from where it was given and from wherever it was invited. A window that never
  // had an evaluator holds none.
  const windows = database
    .prepare(
      `SELECT window FROM (
         SELECT window FROM service WHERE project_no = @projectNo AND assess_number = @assessNumber
         UNION SELECT v.window FROM invitation_service i JOIN invitation v ON v.handle = i.invitation
           WHERE i.project_no = @projectNo AND i.assess_number = @assessNumber)
       WHERE window IN (SELECT window FROM device)`,
    )
    .pluck();
  const release = database.prepare('UPDATE outbox_row SET held = 0 WHERE id = ?');
  const releaseTaken = database.prepare(
    "UPDATE delivery SET state = 'again', since_ms = ? WHERE outbox = ? AND state = 'held'",
  );

  /** Returns how many were defaulted. What was never touched, nearly all, is written together. */
  const endTerms = (services: readonly FoundDue[], nowMs: number): number => {
    const together: FirstDefault[] = [];
    let others = 0;
    for (const service of services) {
      const termEndsMs = service.untouched && effectiveOf(service.untouched).defaultDueMs;
      const { no, projectNo, assessNumber } = service;
      if (termEndsMs !== undefined && termEndsMs <= nowMs)
        together.push({ no, projectNo, assessNumber, termEndsMs });
      else if (effective.defaultIfDue(states.read(service), nowMs)) others += 1;
    }
    firstDefaults.record(together, nowMs);
    return together.length + others;
  };

  /** Services that are waited for stay on the list: pages go past them. */
  const settleBeside = ({ nowMs, limit, after }: { nowMs: number; limit: number; after: DueService }) => {
    const page = states.due({ nowMs, limit, after });
    const free = page.filter((service) => !awaited.holds(service));
    if (free.length > 0) mark('sweep.beside');
    return {
      defaulted: endTerms(free, nowMs),
      looked: page.length,
      nextDueMs: (nextDueAfter.get(nowMs) as number | null) ?? undefined,
      after: page.length < limit ? undefined : keyOf(page.at(-1)!),
    };
  };

  return {
    'settle-due'({ nowMs, limit, after }) {
      if (awaited.any() || after !== undefined) return settleBeside({ nowMs, limit, after: after ?? FIRST });
      const services = states.due({ nowMs, limit, after: FIRST });
      return {
        defaulted: endTerms(services, nowMs),
        looked: services.length,
        nextDueMs: (nextDue.get() as number | null) ?? undefined,
      };
    },

    'match-unlinked'({ nowMs, emptyAtMs, afterId, limit }) {
      const { settle, matched, lastId } = unlinked.decide({ nowMs, emptyAtMs, afterId, limit });
      for (const key of settle) effective.settle(key, nowMs);
      if (matched > 0) mark('sweep.matched');
      return { matched, lastId };
    },

    'release-defaults'({ nowMs, heldLimitMs, emptyAtMs, afterId, limit }) {
      const rows = held.all(afterId, limit) as HeldRow[];
      let released = 0;
      for (const { id, createdMs, termEndsMs, projectNo, assessNumber } of rows) {
        const isEmpty = (window: string) => (emptyAtMs[window] ?? Number.NEGATIVE_INFINITY) >= termEndsMs;
        const all = windows.all({ projectNo, assessNumber }) as string[];
        if (nowMs - createdMs < heldLimitMs && !all.every(isEmpty)) continue;
        if (awaited.holds({ projectNo, assessNumber })) continue;
        release.run(id);
        mark('sweep.released');
        releaseTaken.run(nowMs, id);
        released += 1;
      }
      return { released, lastId: rows.length < limit ? undefined : rows.at(-1)!.id };
    },
  };
}

const keyOf = ({ dueMs, no }: DueService): DueService => ({ dueMs, no });
