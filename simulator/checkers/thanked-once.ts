// Invariant 1: a press that was thanked for is in the gateway's facts once, unaltered and in exactly one state; while
// faults go on it may still lie in its evaluator.
import type { Checker, DeviceArtefact, Finding, RunArtefacts, ThankedPress } from '../world/artefacts.ts';
import { databaseOf, type StoredFact } from './artefacts/read-database.ts';
import { type FlashJournal, journalOf } from './artefacts/read-flash.ts';

const STATES = new Set(['effective', 'late', 'duplicate', 'unmatched', 'excluded']);

export const thankedOnce: Checker = {
  name: 'thanked-once',
  check(run) {
    const database = databaseOf(run);
    const facts = groupBy(
      database.facts.filter(({ kind }) => kind === 'evaluation.pressed'),
      ({ subject, body }) => `${subject}/${body.seq}`,
    );
    const rows = groupBy(database.presses, ({ device, seq }) => `${device}/${seq}`);
    const quarantined = new Set(database.quarantine.map(({ device, seq }) => `${device}/${seq}`));
    const journals = new Map(run.devices.map((device) => [device.id, journalOf(device)]));
    const seen = new Set<string>();
    const findings: Finding[] = [];
    for (const press of run.thanked) {
      const name = `${press.device}/${press.seq}`;
      const add = (what: string) =>
        findings.push({
          invariant: 1,
          what: `Press ${name}, level ${press.level}: ${what}`,
          atMs: press.thankedMs,
        });
      if (seen.has(name)) add('its sequence was thanked for twice');
      seen.add(name);
      const stored = facts.get(name) ?? [];
      if (stored.length > 1) add(`it is in ${stored.length} facts`);
      for (const fact of stored) {
        const differing = differences(fact, press);
        if (differing) add(`fact ${fact.id} has ${differing}`);
      }
      const states = (rows.get(name) ?? []).map(({ state }) => state);
      if (stored.length > 0 && (states.length !== 1 || !STATES.has(states[0]!)))
        add(`it is in ${states.length} rows (${states.join(', ')}), not in one state`);
      const inFlash = journals.get(press.device)?.records.get(press.seq);
      if (inFlash && inFlash.level !== press.level) add(`its record in flash has level ${inFlash.level}`);
      if (stored.length > 0 || quarantined.has(name) || isExcused(press, run)) continue;
      if (!inFlash) add('it is lost: neither among the facts nor in its evaluator');
      else if (run.settled) add('it never left its evaluator');
    }
    for (const device of run.devices) findings.push(...conflictsOf(device, journals.get(device.id)!));
    return findings;
  },
};

/** Its evaluator's flash is gone; or an older copy of the database was put back when flash had it no more, and said so. */
function isExcused({ device, seq }: ThankedPress, run: RunArtefacts): boolean {
  if (run.lostDevices.includes(device)) return true;
  const isListed = databaseOf(run).gaps.some(
    (gap) => gap.device === device && gap.first <= seq && seq <= gap.last,
  );
  return isListed && run.restores.length > 0;
}

function differences({ body }: StoredFact, press: ThankedPress): string | undefined {
  if (body.level !== press.level) return `level ${body.level}`;
  if (body.invitation !== press.invitation)
    return `invitation ${body.invitation} in place of ${press.invitation}`;
  return undefined;
}

function conflictsOf({ id }: DeviceArtefact, { conflicts }: FlashJournal): Finding[] {
  return conflicts.map((seq) => ({
    invariant: 1,
    what: `Flash of ${id} holds two records of sequence ${seq}`,
  }));
}

function groupBy<T>(list: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}
