// Keeps what counts for each service in step with the facts: after a press, a completion, a withdrawal, an
// exclusion or the end of a term it asks the rules anew and writes what changed, inside the same transaction.
import { effectiveOf } from '../../core/effective.ts';
import type { CommandContext, ServiceKey } from './commands.ts';
import { makeServiceState, type StoredService } from './service-state.ts';
import { type Counting, makeUpstreamDecisions } from './upstream-decisions.ts';

export interface EffectiveServices {
  /** After a press on an invitation. */
  pressed(invitation: Buffer, atMs: number): void;
  /** Every service of an invitation. */
  settleInvitation(invitation: Buffer, atMs: number): void;
  /** Every service of a case, and those that share a batch with one. */
  settleCase(projectNo: string, atMs: number): void;
  settle(key: ServiceKey, atMs: number): void;
  /** Records the default if its time has come by `nowMs`. False if it has not, or never will. */
  defaultIfDue(key: ServiceKey, nowMs: number): boolean;
}

export function makeEffective(context: CommandContext): EffectiveServices {
  const { database, facts, rules } = context;
  const read = makeServiceState(database);
  const forward = makeUpstreamDecisions(context);
  const ofInvitation = database.prepare(
    `SELECT project_no AS projectNo, assess_number AS assessNumber FROM invitation_service
     WHERE invitation = ? ORDER BY position`,
  );
  const aroundCase = database.prepare(
    `SELECT project_no AS projectNo, assess_number AS assessNumber FROM service WHERE project_no = @projectNo
     UNION SELECT project_no, assess_number FROM invitation_service WHERE invitation IN
       (SELECT invitation FROM invitation_service WHERE project_no = @projectNo)`,
  );
  const setCounting = database.prepare(
    'UPDATE service SET effective_press = ?, effective_default = ? WHERE project_no = ? AND assess_number = ?',
  );
  const setDue = database.prepare('UPDATE service SET due_ms = ? WHERE project_no = ? AND assess_number = ?');
  const setDefaulted = database.prepare(
    'UPDATE service SET default_fact = ?, due_ms = NULL WHERE project_no = ? AND assess_number = ?',
  );
  const decidedBefore = database
    .prepare(
      "SELECT 1 FROM outbox WHERE kind = 'evaluation' AND project_no = ? AND assess_number = ? LIMIT 1",
    )
    .pluck();
  // A press may count for one service of its batch and not for another: it is effective if it counts anywhere.
  const setState = database.prepare(
    `UPDATE press SET state = CASE WHEN EXISTS (SELECT 1 FROM service s JOIN invitation_service i USING (project_no, assess_number)
       WHERE i.invitation = press.invitation AND s.effective_press = press.id) THEN 'effective' ELSE ? END WHERE id = ?`,
  );
  const setEvaluated = database.prepare(
    "UPDATE invitation SET state = 'evaluated' WHERE handle = ? AND state != 'evaluated'",
  );

  const write = (service: StoredService, atMs: number) => {
    const { projectNo, assessNumber } = service;
    const { counts, verdicts, defaultDueMs } = effectiveOf(service.state);
    const before: Counting = {
      press: service.effectivePress,
      defaultFact: service.defaultCounts ? service.defaultFact : null,
    };
    const after: Counting = {
      press: counts?.origin === 'press' ? counts.id : null,
      defaultFact: counts?.origin === 'default' ? service.defaultFact : null,
    };
    if (before.press !== after.press || before.defaultFact !== after.defaultFact) {
      setCounting.run(after.press, Number(after.defaultFact !== null), projectNo, assessNumber);
      const replaces = before.press ?? before.defaultFact;
      const body = { assessNumber, counts: after.press ?? after.defaultFact, replaces };
      // The first one needs no fact of its own: the press or the default is one.
      const isFirst = replaces === null && decidedBefore.get(projectNo, assessNumber) === undefined;
      const decision = isFirst
        ? undefined
        : facts.append({ atMs, kind: 'evaluation.decided', subject: projectNo, body });
      forward({ projectNo, assessNumber, counts: after, decision, atMs });
    }
    const dueMs = defaultDueMs ?? null;
    if (dueMs !== service.dueMs) setDue.run(dueMs, projectNo, assessNumber);
    for (const [id, verdict] of verdicts) setState.run(verdict === 'effective' ? 'duplicate' : verdict, id);
  };

  const self: EffectiveServices = {
    pressed(invitation, atMs) {
      setEvaluated.run(invitation);
      self.settleInvitation(invitation, atMs);
    },
    settleInvitation(invitation, atMs) {
      for (const key of ofInvitation.all(invitation) as ServiceKey[]) self.settle(key, atMs);
    },
    settleCase(projectNo, atMs) {
      for (const key of aroundCase.all({ projectNo }) as ServiceKey[]) self.settle(key, atMs);
    },
    settle(key, atMs) {
      write(read(key), atMs);
    },
    defaultIfDue(key, nowMs) {
      const service = read(key);
      const { defaultDueMs } = effectiveOf(service.state);
      if (defaultDueMs === undefined || defaultDueMs > nowMs) {
        write(service, nowMs);
        return false;
      }
      const { projectNo, assessNumber } = key;
      const defaultFact = facts.append({
        atMs: nowMs,
        kind: 'evaluation.defaulted',
        subject: projectNo,
        body: { assessNumber, level: rules.defaultLevel, termEndsMs: defaultDueMs, replaces: null },
      });
      setDefaulted.run(defaultFact, projectNo, assessNumber);
      write({ ...service, defaultFact, dueMs: null, state: { ...service.state, defaulted: true } }, nowMs);
      return true;
    },
  };
  return self;
}
