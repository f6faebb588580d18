// The second pass: for every service, what counts by the facts alone, against what the tables say. Uses the rules
// themselves, not the code that keeps the tables.
import type Database from 'better-sqlite3';
import { effectiveOf } from '../core/effective.ts';
import { serviceStateOf } from '../core/service-facts.ts';
import type { FactIndex } from './fact-index.ts';
import type { FindingList } from './findings.ts';

interface ServiceRow {
  projectNo: string;
  assessNumber: number;
  effectivePress: number | null;
  effectiveDefault: number;
  completing: number;
  /** It is marked as closed if, and only if, its case is completed or withdrawn. */
  closedFits: number;
  termEndsMs: number | null;
  withdrawnMs: number | null;
  /** The row that stands for it upstream says the same as its state, or there is none and nothing counts. */
  upstreamFits: number;
}

const PROGRESS_EVERY_SERVICES = 100_000;

/** Returns how many services there are. */
export function checkServices(parts: {
  database: Database.Database;
  index: FactIndex;
  findings: FindingList;
  onProgress: (services: number) => void;
}): number {
  const { database, index, findings } = parts;
  const services = database
    .prepare(
      `SELECT s.project_no AS projectNo, s.assess_number AS assessNumber, s.effective_press AS effectivePress,
         s.effective_default AS effectiveDefault, s.completing,
         s.closed = (c.completed_ms IS NOT NULL OR c.withdrawn_ms IS NOT NULL) AS closedFits, c.term_ends_ms AS termEndsMs, c.withdrawn_ms AS withdrawnMs,
         iif(o.id IS NULL, s.evaluation_outbox IS NULL AND s.effective_press IS NULL AND s.effective_default = 0,
           o.service_no = s.no AND o.press IS s.effective_press
           AND o.default_fact IS iif(s.effective_default = 1, s.default_fact, NULL)
           AND o.reasons_fact IS s.effective_reasons
           AND o.time_fact IS (SELECT p.time_fact FROM press p WHERE p.id = s.effective_press)) AS upstreamFits
       FROM service s JOIN case_record c USING (project_no) LEFT JOIN outbox_row o ON o.id = s.evaluation_outbox
       ORDER BY s.project_no, s.assess_number`,
    )
    .iterate() as IterableIterator<ServiceRow>;
  const stateOf = database.prepare('SELECT state FROM press WHERE id = ?').pluck();
  const countsSomewhere = database
    .prepare(
      `SELECT 1 FROM press p JOIN invitation_service i ON i.invitation = p.invitation
       JOIN service s ON s.project_no = i.project_no AND s.assess_number = i.assess_number
       WHERE p.id = ? AND s.effective_press = p.id`,
    )
    .pluck();
  let checked = 0;

  for (const row of services) {
    const name = `${row.projectNo}/${row.assessNumber}`;
    const state = serviceStateOf(index.factsAbout(row), row);
    const { counts, verdicts } = effectiveOf(state);
    const expected = counts?.origin === 'press' ? `press ${counts.id}` : (counts?.origin ?? 'nothing');
    const stored =
      row.effectivePress !== null
        ? `press ${row.effectivePress}`
        : row.effectiveDefault === 1
          ? 'default'
          : 'nothing';
    if (expected !== stored)
      findings.add('evaluation.differs', `${name}: ${expected} by the facts, ${stored} in the table`);
    if (row.upstreamFits !== 1)
      findings.add('evaluation.differs', `${name}: its row of the outbox says something else`);
    for (const [id, verdict] of verdicts) {
      const said = stateOf.get(id) as string | undefined;
      // It may count for one service of its batch and not for another.
      const fits =
        verdict === 'effective' || said === 'effective'
          ? said === 'effective' && (verdict === 'effective' || countsSomewhere.get(id) !== undefined)
          : said === verdict ||
            (state.invitations.some(({ cases }) => cases.length > 1) && said !== 'unmatched');
      if (!fits)
        findings.add('evaluation.differs', `record ${id}: ${verdict} by the facts, ${said} in the table`);
    }
    const { termEndsMs, withdrawnMs } = state.case;
    if (
      (termEndsMs ?? null) !== row.termEndsMs ||
      (withdrawnMs ?? null) !== row.withdrawnMs ||
      Number(state.completing) !== row.completing ||
      row.closedFits !== 1
    )
      findings.add('case.differs', `${name}: its completion, term or withdrawal`);
    checked += 1;
    if (checked % PROGRESS_EVERY_SERVICES === 0) parts.onProgress(checked);
  }
  const recorded = database
    .prepare("SELECT count(*) FROM fact WHERE kind = 'service.recorded'")
    .pluck()
    .get();
  if (recorded !== checked)
    findings.add('case.differs', `${String(recorded)} services by the facts, ${checked} in the table`);
  return checked;
}
