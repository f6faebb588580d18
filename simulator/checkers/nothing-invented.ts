// Invariant 2: no fact exists that no one made. Every evaluation is a record with a valid signature of an evaluator
// of this hall, stored once and as it was signed, or the rule's default; and what counts for a service is one of them.
import type { Checker, Finding } from '../world/artefacts.ts';
import { databaseOf } from './artefacts/read-database.ts';
import { isSignedBy, type SignedRecord } from './artefacts/signature.ts';

const RECORD_KINDS = new Set(['evaluation.pressed', 'evaluation.reasons']);

export const nothingInvented: Checker = {
  name: 'nothing-invented',
  check(run) {
    const { facts, presses, services, invitations, quarantine } = databaseOf(run);
    const signers = new Map(run.devices.map((device) => [device.id, device]));
    const findings: Finding[] = [];
    const add = (what: string) => findings.push({ invariant: 2, what });
    const records = new Map<number, { device: string; record: SignedRecord }>();
    const defaults = new Map<number, string>();
    const matched = new Set<string>();
    const seen = new Set<string>();
    for (const { id, kind, subject, body } of facts) {
      if (RECORD_KINDS.has(kind)) {
        const record = body as unknown as SignedRecord;
        const name = `${subject}/${record.seq}`;
        const signer = signers.get(subject);
        if (!signer || !isSignedBy(signer, record))
          add(`Fact ${id}: record ${name} is not signed by its evaluator`);
        if (seen.has(name)) add(`Fact ${id}: record ${name} was stored before`);
        seen.add(name);
        records.set(id, { device: subject, record });
      } else if (kind === 'evaluation.defaulted') {
        if (body.level !== run.rules.defaultLevel) add(`Fact ${id}: a default of level ${body.level}`);
        defaults.set(id, `${subject}/${body.assessNumber}`);
      } else if (kind === 'evaluation.matched') matched.add(`${subject}`);
    }
    // Where nobody forges, what is in quarantine is what an evaluator of ours really sent.
    for (const { device, seq, code } of quarantine) {
      const isErased = run.reflashed?.some((erased) => erased.device === device);
      const isForged = code === 'evaluation.signature' && run.garbled?.includes(device);
      if (!isErased && !isForged) add(`Record ${device}/${seq} is in quarantine: ${code}`);
    }
    for (const { device, atMs } of run.replaysAccepted ?? [])
      findings.push({ invariant: 2, what: `Somebody connected as ${device} by repeating its words`, atMs });
    for (const row of presses) {
      const source = records.get(row.id);
      if (!source) add(`Press ${row.id} (${row.device}/${row.seq}) has no fact`);
      else if (
        source.device !== row.device ||
        source.record.seq !== row.seq ||
        source.record.level !== row.level
      )
        add(`Press ${row.id} (${row.device}/${row.seq}, level ${row.level}) is not what its fact says`);
    }
    for (const { projectNo, assessNumber, effectivePress, effectiveDefault, defaultFact } of services) {
      const name = `${projectNo}/${assessNumber}`;
      if (effectivePress !== null) {
        const source = records.get(effectivePress);
        const invited = invitations.some(
          ({ invitation, services: listed }) =>
            invitation === source?.record.invitation &&
            listed.some(
              (service) => service.projectNo === projectNo && service.assessNumber === assessNumber,
            ),
        );
        if (!source) add(`Service ${name}: what counts for it is no press`);
        else if (!invited && !matched.has(String(effectivePress)))
          add(
            `Service ${name}: press ${source.device}/${source.record.seq} counts, and was made for another`,
          );
      }
      if (effectiveDefault && (defaultFact === null || defaults.get(defaultFact) !== name))
        add(`Service ${name}: its default counts without a fact`);
    }
    return findings;
  },
};
