// Keeps what counts for each service in step with the facts: after a press, a completion, a withdrawal, an
// exclusion or the end of a term it asks the rules anew and writes what changed, inside the same transaction.
import { type Counting, NOTHING_COUNTS, sameCounting } from '../../core/delivery.ts';
import { effectiveOf } from '../../core/effective.ts';
import { mark } from '../../marks.ts';
import type { CommandContext, ServiceKey } from './commands.ts';
import { makeServiceState, type StoredService } from './service-state.ts';
import { makeUpstreamDecisions } from './upstream-decisions.ts';

export interface EffectiveServices {
  /** Before a press on it is inserted. */
  find(invitation: Buffer): FoundInvitation | undefined;
  /** After a press on an invitation was inserted. */
  file(invitation: Buffer, found: FoundInvitation, press: { id: number; atMs: number }): void;
  /** After an invitation was made: presses that named it before, as after a restore, are its own. */
  adopt(invitation: Buffer, atMs: number): void;
  /** Every service of an invitation. */
  settleInvitation(invitation: Buffer, atMs: number): void;
  /** Every service that a press is for: of its invitation, or the one it was matched to. */
  settlePress(press: number, atMs: number): void;
  /** Every service of a case, and those that share a batch with one. */
  settleCase(projectNo: string, atMs: number): void;
  settle(key: ServiceKey, atMs: number): void;
  /** Records the defaults of a case that a database which was lost had to decide, and may have sent. */
  defaultAsLost(projectNo: string, atMs: number): void;
  /** Records the default if its time has come by `nowMs`. False if it has not, or never will. See also first-defaults. */
  defaultIfDue(service: StoredService, nowMs: number): boolean;
}

export interface FoundInvitation {
  no: number;
  /** The first one that arrived. */
  press: number | null;
}

export function makeEffective(context: CommandContext): EffectiveServices {
  const { database, facts, rules, unlinked, ordinary, catchUp } = context;
  const { read } = makeServiceState(database);
  const { changed: forward } = makeUpstreamDecisions(context);
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
    `UPDATE service_state SET effective_press = ?, effective_reasons = ?, effective_default = ?, evaluation_outbox = ?
     WHERE service_no = ?`,
  );
  const setDue = database.prepare('UPDATE service_state SET due_ms = ? WHERE service_no = ?');
  const setDefaulted = database.prepare(
    `UPDATE service_state SET default_fact = ?, due_ms = NULL, effective_default = 1, evaluation_outbox = ?
     WHERE service_no = ?`,
  );
  // A press may count for one service of its batch and not for another: it is effective if it counts anywhere.
  const setState = database.prepare(
    `UPDATE press SET state = CASE WHEN EXISTS (SELECT 1 FROM invitation_service i JOIN service_state t USING (service_no)
       WHERE i.invitation = press.invitation AND t.effective_press = press.id) THEN 'effective' ELSE ? END WHERE id = ?`,
  );
  const setEffective = database.prepare("UPDATE press SET state = 'effective' WHERE id = ?");
  const invitationOfPress = database.prepare('SELECT invitation FROM press WHERE id = ?').pluck();
  const invitationOf = database.prepare('SELECT no, press FROM invitation WHERE handle = ?');
  const setFirstPress = database.prepare(
    "UPDATE invitation_state SET press = ?, state = 'evaluated' WHERE invitation_no = ?",
  );
  const addPress = database.prepare('INSERT INTO invitation_press (invitation, press) VALUES (?, ?)');

  const strays = database
    .prepare(
      "SELECT id FROM press WHERE state IN ('unmatched', 'excluded') AND invitation = ? AND kind = 1 ORDER BY id",
    )
    .pluck();
  const setStray = database.prepare(
    "UPDATE press SET state = CASE excluded WHEN 1 THEN 'excluded' ELSE 'duplicate' END WHERE id = ?",
  );

  /** The first decision needs no fact of its own: the press or the default is one. */
  const noteDecision = (service: StoredService, after: Counting, atMs: number) => {
    const before = countingBefore(service);
    const replaces = before.press ?? before.defaultFact;
    if (replaces === null && service.evaluationOutbox === null) return;
    if (after.press === null && after.defaultFact === null) mark('counting.nothing-left');
    else mark(before.press === null ? 'counting.default-replaced' : 'counting.press-replaced');
    const body = {
      assessNumber: service.assessNumber,
      counts: after.press ?? after.defaultFact,
      replaces,
      ...(after.reasonsFact === null ? {} : { reasons: after.reasonsFact }),
      ...(after.timeFact === null ? {} : { time: after.timeFact }),
    };
    facts.append({ atMs, kind: 'evaluation.decided', subject: service.projectNo, body });
  };

  const write = (service: StoredService, atMs: number) => {
    const { counts, verdicts, defaultDueMs } = effectiveOf(service.state);
    const before = countingBefore(service);
    const told = counts?.origin === 'press' ? service.stored.get(counts.id) : undefined;
    const after: Counting = {
      press: counts?.origin === 'press' ? counts.id : null,
      defaultFact: counts?.origin === 'default' ? service.defaultFact : null,
      reasonsFact: told?.reasonsFact ?? null,
      timeFact: told?.timeFact ?? null,
    };
    if (!sameCounting(before, after)) {
      const row = forward({ ...service, counts: after, atMs });
      setCounting.run(after.press, after.reasonsFact, Number(after.defaultFact !== null), row, service.no);
      noteDecision(service, after, atMs);
    }
    const dueMs = defaultDueMs ?? null;
    if (dueMs !== service.dueMs) setDue.run(dueMs, service.no);
    for (const [id, verdict] of verdicts) {
      if (service.stored.get(id)?.state === verdict) continue;
      if (verdict === 'effective') setEffective.run(id);
      else setState.run(verdict, id);
    }
  };

  const find = (invitation: Buffer) => invitationOf.get(invitation) as FoundInvitation | undefined;
  const own = (invitation: Buffer, { no, press: first }: FoundInvitation, press: number) => {
    if (first === null) setFirstPress.run(press, no);
    else addPress.run(invitation, press);
  };

  const self: EffectiveServices = {
    find,
    file(invitation, found, { id, atMs }) {
      own(invitation, found, id);
      self.settleInvitation(invitation, atMs);
    },
    adopt(invitation, atMs) {
      for (const id of strays.all(invitation) as number[]) {
        const found = find(invitation);
        if (found) own(invitation, found, id);
        setStray.run(id);
      }
      self.settleInvitation(invitation, atMs);
    },
    settleInvitation(invitation, atMs) {
      for (const key of ofInvitation.all(invitation) as ServiceKey[]) self.settle(key, atMs);
    },
    settlePress(press, atMs) {
      const matched = unlinked.serviceOf(press);
      if (matched) self.settle(matched, atMs);
      const invitation = invitationOfPress.get(press) as Buffer | undefined;
      if (invitation) self.settleInvitation(invitation, atMs);
    },
    settleCase(projectNo, atMs) {
      for (const key of aroundCase.all({ projectNo }) as ServiceKey[]) self.settle(key, atMs);
    },
    defaultAsLost(projectNo, atMs) {
      if (!catchUp.anyLost()) return;
      ordinary.write();
      for (const key of aroundCase.all({ projectNo }) as ServiceKey[]) {
        if (key.projectNo !== projectNo) continue;
        const service = read(key);
        if (service.dueMs !== null && catchUp.mayHaveSentSince(service.dueMs))
          self.defaultIfDue(service, atMs);
      }
    },
    settle(key, atMs) {
      ordinary.write();
      const service = read(key);
      ordinary.dropService(service.no);
      write(service, atMs);
    },
    defaultIfDue(service, nowMs) {
      ordinary.dropService(service.no);
      const { defaultDueMs } = effectiveOf(service.state);
      if (defaultDueMs === undefined || defaultDueMs > nowMs) {
        write(service, nowMs);
        return false;
      }
      const { projectNo, assessNumber } = service;
      const defaultFact = facts.append({
        atMs: nowMs,
        kind: 'evaluation.defaulted',
        subject: projectNo,
        body: { assessNumber, level: rules.defaultLevel, termEndsMs: defaultDueMs, replaces: null },
      });
      const counts: Counting = { ...NOTHING_COUNTS, defaultFact };
      const row = forward({ ...service, counts, atMs: nowMs });
      setDefaulted.run(defaultFact, row, service.no);
      noteDecision(service, counts, nowMs);
      return true;
    },
  };
  return self;
}

function countingBefore(service: StoredService): Counting {
  return {
    press: service.effectivePress,
    defaultFact: service.defaultCounts ? service.defaultFact : null,
    reasonsFact: service.effectiveReasons,
    timeFact: service.effectiveTime,
  };
}
