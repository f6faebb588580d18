// Commands about what the rules stand on: calendar and terms of the hall as facts, the wall clock, exclusions.
import { createHash } from 'node:crypto';
import { CALENDAR_TABLE } from '../../core/calendar-table.ts';
import { termEndsMs } from '../../core/term.ts';
import type { CommandContext, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';

type Rules = Pick<
  Handlers,
  'begin-rules' | 'move-terms' | 'finish-rules' | 'hold-clock' | 'confirm-clock' | 'exclude-evaluation'
>;
interface TermRow {
  completedMs: number | null;
  termEndsMs: number | null;
}

export function makeRuleCommands(context: CommandContext): Rules {
  const { database, facts, meta, rules, calendar } = context;
  const effective = makeEffective(context);
  const term = database.prepare(
    'SELECT completed_ms AS completedMs, term_ends_ms AS termEndsMs FROM case_record WHERE project_no = ?',
  );
  const setTerm = database.prepare('UPDATE case_record SET term_ends_ms = ? WHERE project_no = ?');
  const press = database.prepare('SELECT excluded FROM press WHERE id = ? AND kind = 1');
  const exclude = database.prepare("UPDATE press SET excluded = 1, state = 'excluded' WHERE id = ?");

  const inForce = {
    term: rules.term,
    calendarOverrides: rules.calendarOverrides,
    calendarSha256: createHash('sha256').update(JSON.stringify(CALENDAR_TABLE)).digest('hex'),
  };
  const version = JSON.stringify(inForce);

  return {
    'begin-rules'({ atMs }) {
      if (meta.get('rules') === version) return { changed: false };
      facts.append({ atMs, kind: 'rules.changed', subject: 'hall', body: inForce });
      return { changed: true };
    },

    'move-terms'({ projectNos, nowMs }) {
      let moved = 0;
      for (const projectNo of projectNos) {
        const row = term.get(projectNo) as TermRow | undefined;
        if (!row || row.completedMs === null) continue;
        if (row.termEndsMs !== null && row.termEndsMs <= nowMs) continue;
        const workedOutMs = termEndsMs(row.completedMs, rules.term, calendar);
        // A running term never moves to before now: whoever pressed until now was in time.
        const endsMs = row.termEndsMs === null ? workedOutMs : Math.max(workedOutMs, nowMs);
        if (endsMs === row.termEndsMs) continue;
        setTerm.run(endsMs, projectNo);
        facts.append({ atMs: nowMs, kind: 'term.moved', subject: projectNo, body: { termEndsMs: endsMs } });
        effective.settleCase(projectNo, nowMs);
        moved += 1;
      }
      return { moved };
    },

    'finish-rules'() {
      meta.set('rules', version);
      return {};
    },

    'hold-clock'({ reason, atMs }) {
      meta.set('clock-hold', JSON.stringify({ reason, atMs }));
      facts.append({ atMs, kind: 'clock.held', subject: 'hall', body: { reason } });
      return {};
    },

    'confirm-clock'({ atMs }) {
      if (meta.get('clock-hold') === undefined) return { change: 'unchanged' };
      meta.unset('clock-hold');
      facts.append({ atMs, kind: 'clock.confirmed', subject: 'hall', body: {} });
      return { change: 'updated' };
    },

    'exclude-evaluation'({ evaluation, by, reason, atMs }) {
      const row = press.get(evaluation) as { excluded: number } | undefined;
      if (!row) return { ok: false, code: 'evaluation.unknown' };
      if (row.excluded === 1) return { ok: true, change: 'unchanged' };
      facts.append({ atMs, kind: 'evaluation.excluded', subject: String(evaluation), body: { by, reason } });
      exclude.run(evaluation);
      effective.settlePress(evaluation, atMs);
      return { ok: true, change: 'updated' };
    },
  };
}
