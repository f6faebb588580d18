// Invariant 5: with an empty backlog the province's store equals the effective evaluations, less the refusals and
// corrections that are listed for a person. Always: no evaluation arrives there before its service record.
import { nameOfService } from '../model/model.ts';
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';
import { provinceOf } from './artefacts/read-province.ts';
import { sentBeforeRestore } from './sent-before-restore.ts';

/** Of a delivery that waits for a person. */
export const LISTED_STATES: ReadonlySet<string> = new Set(['refused', 'listed', 'skipped']);
const NO_SERVICE_RECORD = '1001';
const ALREADY_THERE = '1002';

export const upstreamEqual: Checker = {
  name: 'upstream-equal',
  check(run) {
    const { services, presses, deliveries, connectors, newestOutbox } = databaseOf(run);
    const { evaluations, refusals } = provinceOf(run);
    const findings: Finding[] = [];
    const add = (what: string) => findings.push({ invariant: 5, what });
    for (const { code, body, receivedMs } of refusals)
      if (code === NO_SERVICE_RECORD)
        findings.push({
          invariant: 5,
          what: `The province was sent an evaluation without its service record: ${body.slice(0, 200)}`,
          atMs: receivedMs,
        });
    if (!run.settled) return findings;

    const http = connectors.find(({ kind }) => kind === 'http');
    if (!http) return findings;
    if (http.upTo !== newestOutbox) add(`The way upstream has taken ${http.upTo} of ${newestOutbox} rows`);
    const maySay = sentBeforeRestore(run);
    const listed = new Set<string>();
    for (const delivery of deliveries) {
      if (delivery.connector !== http.id) continue;
      if (delivery.code === ALREADY_THERE && run.restores.length === 0)
        add(
          `Service ${nameOfService(delivery)}: what the hall itself had sent was taken for somebody else's`,
        );
      if (LISTED_STATES.has(delivery.state)) listed.add(nameOfService(delivery));
      else if (delivery.state !== 'omitted')
        add(
          `Service ${nameOfService(delivery)}: a delivery is ${delivery.state} though the backlog is empty`,
        );
    }
    const levels = new Map(presses.map(({ id, level }) => [id, level]));
    const there = new Map(evaluations.map((evaluation) => [nameOfService(evaluation), evaluation.level]));
    for (const service of services) {
      const name = nameOfService(service);
      const { effectivePress, effectiveDefault } = service;
      const level =
        effectivePress !== null
          ? levels.get(effectivePress)
          : effectiveDefault
            ? run.rules.defaultLevel
            : undefined;
      if (there.get(name) !== level && !listed.has(name) && !maySay(name, there.get(name)))
        add(
          `Service ${name}: the province has ${there.get(name) ?? 'nothing'}, the hall ${level ?? 'nothing'}`,
        );
      there.delete(name);
    }
    for (const [name, level] of there)
      if (!maySay(name, level))
        add(`Service ${name}: the province has an evaluation, the hall no such service`);
    return findings;
  },
};
