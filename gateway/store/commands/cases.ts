// Commands of window systems about desks, cases and services.
import type { CommandContext, Handlers } from './commands.ts';
import { makeStaff } from './staff.ts';

type Cases = Pick<Handlers, 'put-desk' | 'put-case' | 'put-service' | 'complete-case'>;

export function makeCaseCommands({ database, facts }: CommandContext): Cases {
  const staffHandle = makeStaff(database);
  const desk = database.prepare('SELECT staff, paused FROM desk WHERE window = ?');
  const putDesk = database.prepare(
    'INSERT INTO desk (window, staff, paused) VALUES (?, ?, ?) ON CONFLICT (window) DO UPDATE SET staff = excluded.staff, paused = excluded.paused',
  );
  const caseBody = database.prepare('SELECT body FROM case_record WHERE project_no = ?').pluck();
  const putCase = database.prepare(
    'INSERT INTO case_record (project_no, body) VALUES (?, ?) ON CONFLICT (project_no) DO UPDATE SET body = excluded.body',
  );
  const serviceBody = database.prepare(
    'SELECT body, staff FROM service WHERE project_no = ? AND assess_number = ?',
  );
  const putService = database.prepare(
    'INSERT INTO service (project_no, assess_number, body, staff) VALUES (?, ?, ?, ?) ON CONFLICT (project_no, assess_number) DO UPDATE SET body = excluded.body, staff = excluded.staff',
  );
  const invited = database
    .prepare('SELECT 1 FROM invitation_service WHERE project_no = ? AND assess_number = ?')
    .pluck();
  const enqueue = database.prepare(
    `INSERT INTO outbox (project_no, assess_number, kind, idempotency_key, state, created_ms)
     VALUES (?, ?, 'service', ?, 'waiting', ?)`,
  );
  const completedMs = database.prepare('SELECT completed_ms FROM case_record WHERE project_no = ?').pluck();
  const complete = database.prepare('UPDATE case_record SET completed_ms = ? WHERE project_no = ?');

  return {
    'put-desk'({ window, staff, paused, atMs }) {
      const handle = staff && staffHandle(staff);
      const before = desk.get(window) as { staff: Buffer | null; paused: number } | undefined;
      const same =
        before &&
        before.paused === Number(paused) &&
        (before.staff?.toString('hex') ?? null) === (handle?.toString('hex') ?? null);
      if (same) return { change: 'unchanged' };
      putDesk.run(window, handle, Number(paused));
      facts.append({
        atMs,
        kind: 'desk.changed',
        subject: window,
        body: { staff: handle?.toString('hex') ?? null, paused },
      });
      return { change: before ? 'updated' : 'created' };
    },

    'put-case'({ projectNo, body, atMs }) {
      const before = caseBody.get(projectNo) as string | undefined;
      const text = JSON.stringify(body);
      if (before === text) return { change: 'unchanged' };
      putCase.run(projectNo, text);
      facts.append({
        atMs,
        kind: before === undefined ? 'case.opened' : 'case.changed',
        subject: projectNo,
        body,
      });
      return { change: before === undefined ? 'created' : 'updated' };
    },

    'put-service'({ projectNo, assessNumber, serviceName, servedAtMs, staff, window, atMs }) {
      if (caseBody.get(projectNo) === undefined) return { ok: false, code: 'case.unknown' };
      const handle = staffHandle(staff);
      const text = JSON.stringify({ serviceName, servedAtMs, window });
      const before = serviceBody.get(projectNo, assessNumber) as { body: string; staff: Buffer } | undefined;
      if (before && before.body === text && before.staff.equals(handle))
        return { ok: true, change: 'unchanged' };
      if (before && invited.get(projectNo, assessNumber)) return { ok: false, code: 'service.invited' };
      putService.run(projectNo, assessNumber, text, handle);
      facts.append({
        atMs,
        kind: before ? 'service.changed' : 'service.recorded',
        subject: projectNo,
        body: { assessNumber, serviceName, servedAtMs, window, staff: handle.toString('hex') },
      });
      if (!before) enqueue.run(projectNo, assessNumber, `s:${projectNo}:${assessNumber}`, atMs);
      return { ok: true, change: before ? 'updated' : 'created' };
    },

    'complete-case'(input) {
      const { projectNo, atMs } = input;
      const before = completedMs.get(projectNo) as number | null | undefined;
      if (before === undefined) return { ok: false, code: 'case.unknown' };
      const completedAtMs = input.completedAtMs ?? before ?? atMs;
      if (before === completedAtMs) return { ok: true, completedAtMs, change: 'unchanged' };
      if (before !== null) return { ok: false, code: 'case.completed' };
      complete.run(completedAtMs, projectNo);
      facts.append({ atMs, kind: 'case.completed', subject: projectNo, body: { completedAtMs } });
      return { ok: true, completedAtMs, change: 'updated' };
    },
  };
}
