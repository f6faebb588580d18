// Invariant 1: a press that was thanked for is in the gateway's facts once, unaltered and in exactly one state; while
// faults go on it may still lie in its evaluator.
import type { Checker, DeviceArtefact, Finding, RunArtefacts, ThankedPress } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';
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
    const quarantined = groupBy(database.quarantine, ({ device, seq }) => `${device}/${seq}`);
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
      // One whose flash was erased begins its sequences anew: of two records with one name the second is quarantined.
      const isReflashed = run.reflashed?.some(({ device }) => device === press.device) ?? false;
      if (seen.has(name) && !isReflashed) add('its sequence was thanked for twice');
      seen.add(name);
      const stored = facts.get(name) ?? [];
      if (stored.length > 1) add(`it is in ${stored.length} facts`);
      const alike = stored.filter(({ body }) => isSame(body, press));
      const kept = (quarantined.get(name) ?? []).filter(({ payload }) => isSame(parse(payload), press));
      if (!isReflashed && stored.length > alike.length)
        add(
          `fact ${stored[0]!.id} has level ${stored[0]!.body.level}, invitation ${stored[0]!.body.invitation}`,
        );
      const states = (rows.get(name) ?? []).map(({ state }) => state);
      if (stored.length > 0 && (states.length !== 1 || !STATES.has(states[0]!)))
        add(`it is in ${states.length} rows (${states.join(', ')}), not in one state`);
      const inFlash = journals.get(press.device)?.records.get(press.seq);
      if (inFlash && inFlash.level !== press.level && !isReflashed)
        add(`its record in flash has level ${inFlash.level}`);
      if (alike.length + kept.length > 0 || isExcused(press, run)) continue;
      if (stored.length > 0 && !isReflashed) continue;
      if (!inFlash) add('it is lost: neither among the facts nor in its evaluator');
      else if (run.settled) add('it never left its evaluator');
    }
    for (const device of run.devices) findings.push(...conflictsOf(device, journals.get(device.id)!));
    return findings;
  },
};

/**
 * Its evaluator's flash is gone; or it is listed as a gap, because its bits in flash had gone, or because an older copy
 * of the database was put back when flash had it no more.
 */
function isExcused({ device, seq, thankedMs }: ThankedPress, run: RunArtefacts): boolean {
  if (run.lostDevices.includes(device)) return true;
  if (run.reflashed?.some((erased) => erased.device === device && erased.atMs >= thankedMs)) return true;
  const isListed = databaseOf(run).gaps.some(
    (gap) => gap.device === device && gap.first <= seq && seq <= gap.last,
  );
  const isRotten = run.rotted?.some((rotten) => rotten.device === device && rotten.seq === seq) ?? false;
  return isListed && (isRotten || run.restores.length > 0);
}

interface Content {
  level?: unknown;
  invitation?: unknown;
}

const isSame = ({ level, invitation }: Content, press: ThankedPress): boolean =>
  level === press.level && invitation === press.invitation;

/** Nothing of it can be compared if it is no JSON. */
function parse(payload: string): Content {
  try {
    return JSON.parse(payload) as Content;
  } catch {
    return {};
  }
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
