// What the province may have of a service beside what the hall says: a database that was put back to an older copy does
// not know what window systems told since, and no evaluator can bring that back; nor does it know what it decided itself.
import { NO_HANDLE } from '../../protocol/constants.ts';
import { nameOfService } from '../model/model.ts';
import { termEndMs } from '../model/working-days.ts';
import type { RunArtefacts, ServiceOfCase } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

/**
 * Whether the lost database could have sent this level for the service of that name: of presses on an invitation that is
 * lost, and of those without a card where the service is; the default where the case's completion is; of any press for it
 * where the exclusion of one is; the default of a case that was withdrawn since, where no evaluator could show that the
 * database is an older copy: where one did, the default is listed for a person.
 */
export function sentBeforeRestore(run: RunArtefacts): (name: string, level: number | undefined) => boolean {
  const sent = new Map<string, Set<number>>();
  const note = (service: ServiceOfCase, levels: readonly number[]) => {
    const name = nameOfService(service);
    sent.set(name, new Set([...(sent.get(name) ?? []), ...levels]));
  };
  const windows = new Map(run.devices.map(({ id, window }) => [id, window]));
  for (const fact of run.facts) {
    if (!fact.lost) continue;
    if (fact.kind === 'invitation') {
      const presses = run.thanked.filter(({ invitation }) => invitation === fact.invitation);
      for (const service of fact.services) note(service, levelsOf(presses));
    } else if (fact.kind === 'service') {
      const presses = run.thanked.filter(
        ({ device, invitation }) => invitation === NO_HANDLE && windows.get(device) === fact.window,
      );
      note(fact, levelsOf(presses));
    } else if (fact.kind === 'completion') {
      for (const service of decidedWith(run, fact.projectNo)) note(service, [run.rules.defaultLevel]);
    } else if (fact.kind === 'exclusion') {
      const excluded = run.thanked.find(({ device, seq }) => device === fact.device && seq === fact.seq);
      const named = invitationsOf(run).find(({ invitation }) => invitation === excluded?.invitation);
      for (const service of named?.services ?? []) note(service, levelsOf(pressesFor(run, service)));
    }
  }
  const unnoticed = new Set(defaultedUnnoticed(run));
  for (const fact of run.facts)
    if (fact.kind === 'service' && unnoticed.has(fact.projectNo)) note(fact, [run.rules.defaultLevel]);
  return (name, level) => level !== undefined && (sent.get(name)?.has(level) ?? false);
}

/** Cases that were withdrawn once a lost database may have set their default, with nobody knowing of another database. */
function defaultedUnnoticed(run: RunArtefacts): string[] {
  const noticed = databaseOf(run).facts.filter(({ kind }) => kind === 'epoch.begun').length;
  if (noticed >= run.restores.length) return [];
  const completedMs = new Map(
    run.facts.flatMap((fact) => (fact.kind === 'completion' ? [[fact.projectNo, fact.completedMs]] : [])),
  );
  return run.facts.flatMap((fact) => {
    if (fact.kind !== 'withdrawal' || fact.lost) return [];
    const completed = completedMs.get(fact.projectNo);
    const endMs = completed === undefined ? undefined : termEndMs(completed, run.rules);
    const isMissed = run.restores.some(
      ({ restoredMs }) => endMs !== undefined && endMs < restoredMs && restoredMs < fact.atMs,
    );
    return isMissed ? [fact.projectNo] : [];
  });
}

const levelsOf = (presses: readonly { level: number }[]) => presses.map(({ level }) => level);

const invitationsOf = (run: RunArtefacts) => run.facts.filter((fact) => fact.kind === 'invitation');

/** On whichever invitation. */
function pressesFor(run: RunArtefacts, service: ServiceOfCase) {
  const name = nameOfService(service);
  const naming = invitationsOf(run).filter(({ services }) => services.map(nameOfService).includes(name));
  const handles = new Set(naming.map(({ invitation }) => invitation));
  return run.thanked.filter(({ invitation }) => handles.has(invitation));
}

/** The case's services, and those of a batch with one of them: its term runs from the last completion. */
function decidedWith(run: RunArtefacts, projectNo: string): ServiceOfCase[] {
  return run.facts.flatMap((fact): ServiceOfCase[] => {
    if (fact.kind === 'service') return fact.projectNo === projectNo ? [fact] : [];
    if (fact.kind !== 'invitation') return [];
    return fact.services.some((service) => service.projectNo === projectNo) ? fact.services : [];
  });
}
