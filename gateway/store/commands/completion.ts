// Commands about the course of a case: its transfer to other staff, its completion, which starts the term of its
// evaluations, and its withdrawal.
import { termEndsMs } from '../../core/term.ts';
import type { CommandContext, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';
import { makeServiceOutbox } from './service-outbox.ts';
import { makeStaff } from './staff.ts';

type Completion = Pick<Handlers, 'transfer-case' | 'complete-case' | 'withdraw-case'>;
interface CaseRow {
  completedMs: number | null;
  withdrawnMs: number | null;
  termEndsMs: number | null;
  staff: Buffer | null;
}

export function makeCompletionCommands(context: CommandContext): Completion {
  const { database, facts, rules, calendar } = context;
  const effective = makeEffective(context);
  const outbox = makeServiceOutbox(context);
  const find = database.prepare(
    `SELECT completed_ms AS completedMs, withdrawn_ms AS withdrawnMs, term_ends_ms AS termEndsMs, staff
     FROM case_record WHERE project_no = ?`,
  );
  const service = database
    .prepare('SELECT 1 FROM service WHERE project_no = ? AND assess_number = ?')
    .pluck();
  const lastService = database.prepare('SELECT max(assess_number) FROM service WHERE project_no = ?').pluck();
  const complete = database.prepare(
    'UPDATE case_record SET completed_ms = ?, term_ends_ms = ? WHERE project_no = ?',
  );
  const setCompleting = database.prepare(
    `UPDATE service_state SET completing = 1 WHERE service_no =
       (SELECT no FROM service_record WHERE project_no = ? AND assess_number = ?)`,
  );
  const close = database.prepare(
    'UPDATE service_state SET closed = 1 WHERE service_no IN (SELECT no FROM service_record WHERE project_no = ?)',
  );
  const withdraw = database.prepare('UPDATE case_record SET withdrawn_ms = ? WHERE project_no = ?');
  const transfer = database.prepare('UPDATE case_record SET staff = ? WHERE project_no = ?');
  const staffHandle = makeStaff(database);
  const caseOf = (projectNo: string) => find.get(projectNo) as CaseRow | undefined;

  return {
    'transfer-case'({ projectNo, staff, atMs }) {
      const before = caseOf(projectNo);
      if (!before) return { ok: false, code: 'case.unknown' };
      const handle = staffHandle(staff);
      if (before.staff?.equals(handle)) return { ok: true, change: 'unchanged' };
      if (before.withdrawnMs !== null) return { ok: false, code: 'case.withdrawn' };
      transfer.run(handle, projectNo);
      facts.append({
        atMs,
        kind: 'case.transferred',
        subject: projectNo,
        body: { from: before.staff?.toString('hex') ?? null, to: handle.toString('hex') },
      });
      return { ok: true, change: 'updated' };
    },

    'complete-case'({ projectNo, assessNumber, atMs, ...input }) {
      const before = caseOf(projectNo);
      if (!before) return { ok: false, code: 'case.unknown' };
      const completedAtMs = input.completedAtMs ?? before.completedMs ?? atMs;
      if (before.completedMs !== null && before.completedMs !== completedAtMs)
        return { ok: false, code: 'case.completed' };
      const endsMs = before.termEndsMs ?? termEndsMs(completedAtMs, rules.term, calendar);
      if (before.completedMs !== null)
        return { ok: true, completedAtMs, termEndsMs: endsMs, change: 'unchanged' };
      if (before.withdrawnMs !== null) return { ok: false, code: 'case.withdrawn' };
      if (assessNumber !== undefined && service.get(projectNo, assessNumber) === undefined)
        return { ok: false, code: 'service.unknown' };
      const completing = assessNumber ?? (lastService.get(projectNo) as number | null);
      complete.run(completedAtMs, endsMs, projectNo);
      close.run(projectNo);
      if (completing !== null) setCompleting.run(projectNo, completing);
      facts.append({
        atMs,
        kind: 'case.completed',
        subject: projectNo,
        body: { completedAtMs, completing, termEndsMs: endsMs },
      });
      outbox.changed({ projectNo, atMs });
      effective.settleCase(projectNo, atMs);
      return { ok: true, completedAtMs, termEndsMs: endsMs, change: 'updated' };
    },

    'withdraw-case'({ projectNo, atMs }) {
      const before = caseOf(projectNo);
      if (!before) return { ok: false, code: 'case.unknown' };
      if (before.withdrawnMs !== null)
        return { ok: true, withdrawnMs: before.withdrawnMs, change: 'unchanged' };
      effective.defaultAsLost(projectNo, atMs);
      withdraw.run(atMs, projectNo);
      close.run(projectNo);
      facts.append({ atMs, kind: 'case.withdrawn', subject: projectNo, body: {} });
      effective.settleCase(projectNo, atMs);
      return { ok: true, withdrawnMs: atMs, change: 'updated' };
    },
  };
}
