// The facts that decide about evaluations, read from the database in the shape that the rules take: what the
// tables say can be worked out anew from these.
import type Database from 'better-sqlite3';
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { RuleFact, ServiceRef } from '../core/service-facts.ts';
import { readRecordBody } from './record-body.ts';

export interface StoredFact {
  id: number;
  atMs: number;
  kind: string;
  subject: string;
  body: string | Buffer;
}

export const RULE_FACT_KINDS = [
  'invitation.created',
  'invitation.cancelled',
  'invitation.replaced',
  'evaluation.pressed',
  'evaluation.dated',
  'evaluation.matched',
  'case.completed',
  'service.recorded',
  'term.moved',
  'case.withdrawn',
  'evaluation.excluded',
  'evaluation.defaulted',
];

export function ruleFactsOf(database: Database.Database, { afterId } = { afterId: 0 }): RuleFact[] {
  const rows = database
    .prepare(
      'SELECT id, at_ms AS atMs, kind, subject, body FROM fact WHERE id > ? AND kind IN (SELECT value FROM json_each(?))',
    )
    .all(afterId, JSON.stringify(RULE_FACT_KINDS)) as StoredFact[];
  return rows.flatMap((row) => ruleFactOf(row) ?? []);
}

/** Undefined for a fact that decides about no evaluation. */
export function ruleFactOf({ id, atMs, kind, subject, body }: StoredFact): RuleFact | undefined {
  const record = readRecordBody(body);
  if (record) {
    const { invitation, pressedMs, seq } = record;
    if (kind !== 'evaluation.pressed') return undefined;
    const linkedTo = invitation === NO_HANDLE ? undefined : invitation;
    return { kind, id, invitation: linkedTo, pressedMs, device: subject, seq };
  }
  const said = JSON.parse(body as string) as Record<string, unknown>;
  switch (kind) {
    case 'invitation.created': {
      const { invitation, services } = said as { invitation: string; services: ServiceRef[] };
      return { kind, id, invitation, services };
    }
    case 'invitation.cancelled':
    case 'invitation.replaced':
      return { kind: 'invitation.ended', invitation: said.invitation as string };
    case 'evaluation.dated':
      return { kind, id, evaluation: Number(subject), pressedMs: said.pressedMs as number };
    case 'evaluation.matched':
      return {
        kind,
        id,
        evaluation: Number(subject),
        service: (said.service as ServiceRef | null) ?? undefined,
      };
    case 'case.completed': {
      const { completing, termEndsMs } = said as { completing: number | null; termEndsMs: number };
      return { kind, projectNo: subject, completing, termEndsMs };
    }
    case 'service.recorded':
      return said.completing
        ? { kind: 'service.completing', projectNo: subject, assessNumber: said.assessNumber as number }
        : undefined;
    case 'term.moved':
      return { kind, id, projectNo: subject, termEndsMs: said.termEndsMs as number };
    case 'case.withdrawn':
      return { kind, projectNo: subject, atMs };
    case 'evaluation.excluded':
      return { kind, evaluation: Number(subject) };
    case 'evaluation.defaulted':
      return { kind, projectNo: subject, assessNumber: said.assessNumber as number };
    default:
      return undefined;
  }
}
