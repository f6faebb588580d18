// Commands of window systems about desks, cases and services.
import type { CommandContext, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';
import { makePersonRecords, OF_CASE, personsInFact } from './person-records.ts';
import { makeServiceOutbox } from './service-outbox.ts';
import { makeStaff } from './staff.ts';

type Cases = Pick<Handlers, 'put-desk' | 'put-case' | 'put-service'>;

export function makeCaseCommands(context: CommandContext): Cases {
  const { database, facts, unlinked } = context;
  const staffHandle = makeStaff(database);
  const personRecords = makePersonRecords(database);
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
  const addService = database.prepare(
    'INSERT INTO service_record (project_no, assess_number, body, staff) VALUES (?, ?, ?, ?)',
  );
  const addState = database.prepare(
    `INSERT INTO service_state (service_no, completing, closed)
     SELECT @no, @completing, completed_ms IS NOT NULL OR withdrawn_ms IS NOT NULL FROM case_record WHERE project_no = @projectNo`,
  );
  const changeService = database.prepare(
    'UPDATE service_record SET body = ?, staff = ? WHERE project_no = ? AND assess_number = ?',
  );
  const invited = database
    .prepare('SELECT 1 FROM invitation_service WHERE project_no = ? AND assess_number = ?')
    .pluck();
  const outbox = makeServiceOutbox(context);
  const lacksCompleting = database
    .prepare(
      `SELECT 1 FROM case_record WHERE project_no = ? AND completed_ms IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM service s WHERE s.project_no = case_record.project_no AND s.completing = 1)`,
    )
    .pluck();
  const effective = makeEffective(context);

  return {
    'put-desk'({ window, staff, paused: wanted, atMs }) {
      const before = desk.get(window) as { staff: Buffer | null; paused: number } | undefined;
      const handle = staff === undefined ? (before?.staff ?? null) : staff && staffHandle(staff);
      const paused = wanted ?? before?.paused === 1;
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

    'put-case'({ projectNo, body, persons = {}, atMs }) {
      const before = caseBody.get(projectNo) as string | undefined;
      const text = JSON.stringify(body);
      const key = { projectNo, assessNumber: OF_CASE };
      if (before === text && personRecords.same(key, persons)) return { change: 'unchanged' };
      putCase.run(projectNo, text);
      personRecords.put(key, persons);
      facts.append({
        atMs,
        kind: before === undefined ? 'case.opened' : 'case.changed',
        subject: projectNo,
        body: { ...body, ...personsInFact(persons) },
      });
      if (before !== undefined) outbox.changed({ projectNo, atMs });
      return { change: before === undefined ? 'created' : 'updated' };
    },

    'put-service'({ projectNo, assessNumber, serviceName, servedAtMs, staff, window, persons = {}, atMs }) {
      if (caseBody.get(projectNo) === undefined) return { ok: false, code: 'case.unknown' };
      const handle = staffHandle(staff);
      const text = JSON.stringify({ serviceName, servedAtMs, window });
      const before = serviceBody.get(projectNo, assessNumber) as { body: string; staff: Buffer } | undefined;
      const key = { projectNo, assessNumber };
      const same = before && before.body === text && before.staff.equals(handle);
      if (same && personRecords.same(key, persons)) return { ok: true, change: 'unchanged' };
      if (before && invited.get(projectNo, assessNumber)) return { ok: false, code: 'service.invited' };
      if (before) unlinked.serviceAt(placeOf(before));
      const completing = !before && lacksCompleting.get(projectNo) !== undefined;
      let no: number | undefined;
      if (before) changeService.run(text, handle, projectNo, assessNumber);
      else {
        no = addService.run(projectNo, assessNumber, text, handle).lastInsertRowid as number;
        addState.run({ no, projectNo, completing: Number(completing) });
      }
      unlinked.serviceAt({ window, staff: handle, servedMs: servedAtMs });
      personRecords.put(key, persons);
      facts.append({
        atMs,
        kind: before ? 'service.changed' : 'service.recorded',
        subject: projectNo,
        body: {
          assessNumber,
          serviceName,
          servedAtMs,
          window,
          staff: handle.toString('hex'),
          completing,
          ...personsInFact(persons),
        },
      });
      if (no === undefined) outbox.changed({ ...key, atMs });
      else outbox.first({ no, servedMs: servedAtMs, atMs });
      if (completing) effective.settle(key, atMs);
      return { ok: true, change: before ? 'updated' : 'created' };
    },
  };
}

function placeOf({ body, staff }: { body: string; staff: Buffer }) {
  const { window, servedAtMs } = JSON.parse(body) as { window: string; servedAtMs: number };
  return { window, staff, servedMs: servedAtMs };
}
