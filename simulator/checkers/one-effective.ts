// Invariant 3: a service has at most one effective evaluation, and every service of a batch has the same one. The
// model judges a service that was invited again by itself and may have left its batch, and one that was pressed for
// without a card before.
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';

export const oneEffective: Checker = {
  name: 'one-effective',
  check(run) {
    const { services, presses, invitations } = databaseOf(run);
    const findings: Finding[] = [];
    const add = (what: string) => findings.push({ invariant: 3, what });
    const nameOf = (service: { projectNo: string; assessNumber: number }) =>
      `${service.projectNo}/${service.assessNumber}`;
    const counting = new Map(services.map((service) => [nameOf(service), service]));
    const invited = new Map<string, number>();
    for (const { services: listed } of invitations)
      for (const service of listed) invited.set(nameOf(service), (invited.get(nameOf(service)) ?? 0) + 1);

    for (const service of services)
      if (service.effectivePress !== null && service.effectiveDefault)
        add(`Service ${nameOf(service)} has both a press and a default that count`);

    const states = new Map(presses.map(({ id, state }) => [id, state]));
    const effective = new Set(services.map(({ effectivePress }) => effectivePress));
    for (const [id, state] of states)
      if ((state === 'effective') !== effective.has(id))
        add(
          `Press ${id} is called ${state}, and ${effective.has(id) ? 'counts for a service' : 'counts for none'}`,
        );

    const withoutCard = new Set<number | null>(
      presses.flatMap(({ id, invitation }) => (invitation === NO_HANDLE ? [id] : [])),
    );
    for (const { invitation, services: listed } of invitations) {
      const press = (name: string) => counting.get(name)?.effectivePress ?? null;
      const batch = listed
        .map(nameOf)
        .filter((name) => invited.get(name) === 1 && !withoutCard.has(press(name)));
      const other = batch.find((name) => press(name) !== press(batch[0]!));
      if (other !== undefined)
        add(
          `Batch ${invitation}: press ${press(batch[0]!)} counts for ${batch[0]}, and ${press(other)} for ${other}`,
        );
    }
    return findings;
  },
};
