// The model against database and province, case by case: what counts for each service, what each press is called, and
// what the province has at the end.
import { inputOfRun } from '../model/input-of-run.ts';
import { decide, nameOfService, type Outcome } from '../model/model.ts';
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';
import { provinceOf } from './artefacts/read-province.ts';
import { sentBeforeRestore } from './sent-before-restore.ts';
import { LISTED_STATES } from './upstream-equal.ts';

export const modelAgrees: Checker = {
  name: 'model-agrees',
  check(run) {
    const { services, presses, deliveries } = databaseOf(run);
    const { outcomes, states } = decide(inputOfRun(run));
    const findings: Finding[] = [];
    const names = new Map(presses.map(({ id, device, seq }) => [id, `${device}/${seq}` as Outcome]));
    const levels = new Map(presses.map(({ device, seq, level }) => [`${device}/${seq}` as Outcome, level]));
    const there = new Map(provinceOf(run).evaluations.map((one) => [nameOfService(one), one.level]));
    const listed = new Set(deliveries.filter(({ state }) => LISTED_STATES.has(state)).map(nameOfService));
    const maySay = sentBeforeRestore(run);
    const stored = new Map(services.map((service) => [nameOfService(service), service]));
    for (const [name, possible] of outcomes) {
      const service = stored.get(name);
      if (!service) {
        findings.push({ invariant: 1, what: `Service ${name} was confirmed and is not in the database` });
        continue;
      }
      const { effectivePress, effectiveDefault } = service;
      const found: Outcome =
        effectivePress !== null ? names.get(effectivePress)! : effectiveDefault ? 'default' : 'none';
      const expected = [...possible].join(' or ');
      if (run.settled && !possible.has(found))
        findings.push({
          invariant: [found, ...possible].includes('default') ? 4 : 3,
          what: `Service ${name}: ${found} counts, by the rules ${expected}`,
        });
      const [only] = possible;
      if (!run.settled || possible.size !== 1 || listed.has(name)) continue;
      const level = only === 'default' ? run.rules.defaultLevel : levels.get(only!);
      const sent = there.get(name);
      if (sent !== level && !maySay(name, sent))
        findings.push({
          invariant: 5,
          what: `Service ${name}: the province has ${sent ?? 'nothing'}, by the rules ${level ?? 'nothing'}`,
        });
    }
    if (!run.settled) return findings;
    for (const { device, seq, state } of presses) {
      const possible = states.get(`${device}/${seq}`) as Set<string> | undefined;
      if (possible && !possible.has(state))
        findings.push({
          invariant: 1,
          what: `Press ${device}/${seq} is called ${state}, by the rules ${[...possible].join(' or ')}`,
        });
    }
    return findings;
  },
};
