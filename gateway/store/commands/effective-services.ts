// After a press on an invitation: which press counts for each service of its batch, and what of that must go
// upstream. Runs inside the transaction that stored the press.
import type Database from 'better-sqlite3';
import { effectiveOf } from '../../core/effective.ts';

interface ServiceRow {
  project_no: string;
  assess_number: number;
  effective_press: number | null;
}

export interface EffectiveServices {
  settle(invitation: Buffer, atMs: number): void;
}

export function makeEffective(database: Database.Database): EffectiveServices {
  const services = database.prepare(
    `SELECT s.project_no, s.assess_number, s.effective_press FROM invitation_service i
     JOIN service s USING (project_no, assess_number) WHERE i.invitation = ? ORDER BY i.position`,
  );
  const candidates = database.prepare(
    `SELECT p.id, p.pressed_ms AS pressedMs FROM invitation_service i JOIN press p ON p.invitation = i.invitation
     WHERE i.project_no = ? AND i.assess_number = ? AND p.kind = 1`,
  );
  const setEffective = database.prepare(
    'UPDATE service SET effective_press = ? WHERE project_no = ? AND assess_number = ?',
  );
  const setStates = database.prepare(
    `UPDATE press SET state = CASE WHEN EXISTS (SELECT 1 FROM service s JOIN invitation_service i USING (project_no, assess_number)
       WHERE i.invitation = press.invitation AND s.effective_press = press.id) THEN 'effective' ELSE 'duplicate' END
     WHERE kind = 1 AND invitation IN (SELECT invitation FROM invitation_service WHERE project_no = ? AND assess_number = ?)`,
  );
  const setEvaluated = database.prepare(
    "UPDATE invitation SET state = 'evaluated' WHERE handle = ? AND state != 'evaluated'",
  );
  const untried = database.prepare(
    "UPDATE outbox SET press = ?, idempotency_key = ? WHERE kind = 'evaluation' AND project_no = ? AND assess_number = ? AND state = 'waiting' AND attempts = 0",
  );
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, press, idempotency_key, state, created_ms, reason)
     VALUES (?, ?, 'evaluation', ?, ?, ?, ?, ?)`,
  );

  const forward = (service: ServiceRow, press: number, atMs: number) => {
    const key = `e:${service.project_no}:${service.assess_number}:${press}`;
    if (
      service.effective_press !== null &&
      untried.run(press, key, service.project_no, service.assess_number).changes > 0
    )
      return;
    const isFirst = service.effective_press === null;
    const reason = isFirst
      ? null
      : 'An earlier press arrived after another was sent: upstream needs a correction.';
    enqueue.run(
      service.project_no,
      service.assess_number,
      press,
      key,
      isFirst ? 'waiting' : 'correction',
      atMs,
      reason,
    );
  };

  return {
    settle(invitation, atMs) {
      const batch = services.all(invitation) as ServiceRow[];
      if (batch.length === 0) return;
      setEvaluated.run(invitation);
      for (const service of batch) {
        const chosen = effectiveOf(
          candidates.all(service.project_no, service.assess_number) as { id: number; pressedMs: number }[],
        );
        if (!chosen) throw new Error('a press was stored and is not among its own candidates');
        if (chosen.id !== service.effective_press) {
          setEffective.run(chosen.id, service.project_no, service.assess_number);
          forward(service, chosen.id, atMs);
        }
        setStates.run(service.project_no, service.assess_number);
      }
    },
  };
}
