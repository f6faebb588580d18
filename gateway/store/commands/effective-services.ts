// Files a press under its invitation: which press counts for each service of the batch, and what of that must go
// upstream. Runs inside the transaction that stores the press. Corrections of what upstream already has are listed
// here for a person; sending them belongs here too when a profile says how.
import type Database from 'better-sqlite3';
import { type Candidate, effectiveOf } from '../../core/effective.ts';

interface ServiceRow {
  project_no: string;
  assess_number: number;
  effective_press: number | null;
  evaluation_outbox: number | null;
}

export interface FiledPress {
  id: number;
  device: string;
  seq: number;
  atMs: number;
}

export interface EffectiveServices {
  /** What a press on this invitation can be before it is inserted: unmatched if there is no such invitation. */
  stateBefore(invitation: Buffer): 'unmatched' | 'duplicate';
  /** After the press was inserted. */
  file(invitation: Buffer, press: FiledPress): void;
}

export function makeEffective(database: Database.Database): EffectiveServices {
  const invitationOf = database.prepare('SELECT no, press FROM invitation WHERE handle = ?');
  const setFirstPress = database.prepare("UPDATE invitation SET press = ?, state = 'evaluated' WHERE no = ?");
  const addPress = database.prepare('INSERT INTO invitation_press (invitation, press) VALUES (?, ?)');
  const services = database.prepare(
    `SELECT s.project_no, s.assess_number, s.effective_press, s.evaluation_outbox FROM invitation_service i
     JOIN service s USING (project_no, assess_number) WHERE i.invitation = ? ORDER BY i.position`,
  );
  const candidates = database.prepare(
    `SELECT p.id, p.pressed_ms AS pressedMs FROM press p WHERE p.id IN (
       SELECT v.press FROM invitation_service i JOIN invitation v ON v.handle = i.invitation
         WHERE i.project_no = ? AND i.assess_number = ?
       UNION ALL SELECT x.press FROM invitation_service i JOIN invitation_press x USING (invitation)
         WHERE i.project_no = ? AND i.assess_number = ?)`,
  );
  const setEffective = database.prepare(
    'UPDATE service SET effective_press = ?, evaluation_outbox = ? WHERE project_no = ? AND assess_number = ?',
  );
  const setState = database.prepare(
    `UPDATE press SET state = CASE WHEN EXISTS (SELECT 1 FROM invitation_service i JOIN service s USING (project_no, assess_number)
       WHERE i.invitation = press.invitation AND s.effective_press = press.id) THEN 'effective' ELSE 'duplicate' END WHERE id = ?`,
  );
  const untried = database.prepare(
    "UPDATE outbox SET press = ?, idempotency_key = ? WHERE id = ? AND state = 'waiting' AND attempts = 0",
  );
  const deviceAndSeq = database.prepare(
    'SELECT d.id AS device, p.seq FROM press p JOIN device d ON d.no = p.device_no WHERE p.id = ?',
  );
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, press, idempotency_key, state, created_ms, reason)
     VALUES (?, ?, 'evaluation', ?, ?, ?, ?, ?)`,
  );

  /** Returns the outbox row that now stands for the service. */
  const forward = (service: ServiceRow, press: FiledPress): number => {
    const { project_no, assess_number, evaluation_outbox } = service;
    const key = `e:${project_no}:${assess_number}:${press.device}:${press.seq}`;
    if (evaluation_outbox !== null && untried.run(press.id, key, evaluation_outbox).changes > 0)
      return evaluation_outbox;
    const [state, reason] =
      evaluation_outbox === null
        ? ['waiting', null]
        : ['correction', 'An earlier press arrived after another was sent: upstream needs a correction.'];
    const row = enqueue.run(project_no, assess_number, press.id, key, state, press.atMs, reason);
    return Number(row.lastInsertRowid);
  };

  const choose = (service: ServiceRow, arrived: FiledPress): FiledPress => {
    if (service.effective_press === null) return arrived;
    const { project_no, assess_number } = service;
    const all = candidates.all(project_no, assess_number, project_no, assess_number) as Candidate[];
    const chosen = effectiveOf(all);
    if (!chosen) throw new Error('a press was stored and is not among its own candidates');
    if (chosen.id === arrived.id) return arrived;
    const { device, seq } = deviceAndSeq.get(chosen.id) as { device: string; seq: number };
    return { ...arrived, id: chosen.id, device, seq };
  };

  return {
    stateBefore: (invitation) => (invitationOf.get(invitation) ? 'duplicate' : 'unmatched'),
    file(invitation, press) {
      const found = invitationOf.get(invitation) as { no: number; press: number | null } | undefined;
      if (!found) return;
      if (found.press === null) setFirstPress.run(press.id, found.no);
      else addPress.run(invitation, press.id);
      const touched = new Set([press.id]);
      for (const service of services.all(invitation) as ServiceRow[]) {
        const chosen = choose(service, press);
        if (chosen.id === service.effective_press) continue;
        setEffective.run(chosen.id, forward(service, chosen), service.project_no, service.assess_number);
        touched.add(chosen.id);
        if (service.effective_press !== null) touched.add(service.effective_press);
      }
      for (const id of touched) setState.run(id);
    },
  };
}
