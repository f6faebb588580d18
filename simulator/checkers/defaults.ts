// Invariant 4: a default counts exactly for completed, not withdrawn cases whose term has ended without any
// evaluation made in time. Terms are reckoned with the model's own calendar from the completions that window systems
// were told; what a batch changes about a term is the model's to judge.
import { termEndMs } from '../model/working-days.ts';
import type { Checker, Finding, RunArtefacts } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

const HOUR_MS = 3_600_000;
/** A clock that moves by more than this while the gateway runs is not to be believed. */
const CLOCK_JUMP_MS = 5 * 60_000;
/** Drift is noted once an hour. */
const ORDER_TOLERANCE_MS = 60_000;
/** The sweep may take so long to come to it. */
const SWEEP_LIMIT_MS = HOUR_MS;

export const defaults: Checker = {
  name: 'defaults',
  check(run) {
    const { services, facts, presses, invitations, cases } = databaseOf(run);
    const findings: Finding[] = [];
    const add = (what: string, atMs?: number) =>
      findings.push({ invariant: 4, what, ...(atMs !== undefined && { atMs }) });
    const known = run.facts.filter(({ lost }) => !lost);
    const completions = new Map(
      known.flatMap((fact) =>
        fact.kind === 'completion' ? [[fact.projectNo, fact.completedMs] as const] : [],
      ),
    );
    const withdrawn = new Set(known.flatMap((fact) => (fact.kind === 'withdrawal' ? [fact.projectNo] : [])));

    for (const { id, kind, subject, atMs } of facts) {
      if (kind !== 'evaluation.defaulted') continue;
      const completedMs = completions.get(subject);
      if (completedMs === undefined) {
        add(`Fact ${id}: case ${subject} got a default and was never completed`);
        continue;
      }
      const endMs = termEndMs(completedMs, run.rules);
      if (atMs < endMs)
        add(`Fact ${id}: a default of case ${subject} ${minutes(endMs - atMs)} before its term ended`);
      else if (wasByJumpedClock(atMs, endMs, run))
        add(`Fact ${id}: a default of case ${subject} by a clock that had jumped`);
    }

    for (const { projectNo, termEndsMs } of cases) {
      const completedMs = completions.get(projectNo);
      if (completedMs === undefined || termEndsMs === null) continue;
      const endMs = termEndMs(completedMs, run.rules);
      if (termEndsMs !== endMs)
        add(`Case ${projectNo}: its term ends at ${at(termEndsMs)}, by the calendar at ${at(endMs)}`);
    }

    for (const service of services) {
      const { projectNo, assessNumber } = service;
      const name = `${projectNo}/${assessNumber}`;
      const completedMs = completions.get(projectNo);
      const listing = invitations.filter(({ services: listed }) =>
        listed.some((other) => other.projectNo === projectNo && other.assessNumber === assessNumber),
      );
      const pressed = presses.filter((press) =>
        listing.some(({ invitation }) => invitation === press.invitation),
      );
      if (service.effectiveDefault) {
        if (withdrawn.has(projectNo)) add(`Service ${name}: a default counts for a withdrawn case`);
        if (completedMs === undefined) continue;
        const inTime = pressed.find(({ pressedMs }) => pressedMs < termEndMs(completedMs, run.rules));
        if (inTime)
          add(`Service ${name}: a default counts, and press ${inTime.device}/${inTime.seq} was made in time`);
      } else if (
        run.settled &&
        service.completing &&
        completedMs !== undefined &&
        !withdrawn.has(projectNo)
      ) {
        const isOver = run.gatewayEndedMs > termEndMs(completedMs, run.rules) + SWEEP_LIMIT_MS;
        const isAlone = listing.every(({ services: listed }) => listed.length === 1);
        if (isOver && isAlone && service.effectivePress === null && pressed.length === 0)
          add(`Service ${name}: its term ended without an evaluation, and no default counts`);
      }
    }
    return findings;
  },
};

const at = (ms: number) => new Date(ms).toISOString();
const minutes = (ms: number) => `${Math.ceil(ms / 60_000)} minutes`;

/**
 * Whenever the gateway's clock can have shown this, the term still ran, and that clock had jumped since the gateway
 * started. One that was wrong already at the start cannot be told from one that is right.
 */
function wasByJumpedClock(shownMs: number, endMs: number, run: RunArtefacts): boolean {
  const spans = [{ atMs: run.beganMs, aheadMs: 0 }, ...run.clockOffsets];
  const suspects = spans.flatMap(({ atMs, aheadMs }, index) => {
    const trueMs = shownMs - aheadMs;
    if (trueMs < atMs || trueMs > (spans[index + 1]?.atMs ?? run.endedMs) || !ran(trueMs, run)) return [];
    const byMs = aheadMs - (spans[index - 1]?.aheadMs ?? 0);
    const hasRestarted = run.gatewayStarts?.some((startMs) => startMs >= atMs && startMs <= trueMs) ?? true;
    return [trueMs < endMs - CLOCK_JUMP_MS && Math.abs(byMs) > CLOCK_JUMP_MS && !hasRestarted];
  });
  return suspects.length > 0 && suspects.every(Boolean);
}

/** Whether the gateway may have run at that true time. */
function ran(trueMs: number, { gatewayStarts, gatewayEnds = [] }: RunArtefacts): boolean {
  const startMs = gatewayStarts?.findLast((ms) => ms <= trueMs + ORDER_TOLERANCE_MS);
  if (startMs === undefined) return gatewayStarts === undefined;
  return !gatewayEnds.some((ms) => ms > startMs && ms < trueMs - ORDER_TOLERANCE_MS);
}
