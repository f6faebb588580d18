// From the facts of a hall to what is known about one service, in whatever order and however often the facts are
// read. The database's tables hold the same, kept up to date; this is what they are checked against.
import type { CaseTerm } from './case-term.ts';
import type { InvitationOf, MadeEvaluation, ServiceState } from './effective.ts';

export interface ServiceRef {
  projectNo: string;
  assessNumber: number;
}

/** `id` is that of the fact: facts that replace each other hold by the newest. */
export type RuleFact =
  | { kind: 'invitation.created'; id: number; invitation: string; services: readonly ServiceRef[] }
  /** Cancelled, or replaced by the next one at its window. */
  | { kind: 'invitation.ended'; invitation: string }
  /** A press counts for every service of its invitation; undefined for an unlinked one. */
  | ({ kind: 'evaluation.pressed'; invitation: string | undefined } & Omit<MadeEvaluation, 'excluded'>)
  /** What became known later about the time of a press. */
  | { kind: 'evaluation.dated'; id: number; evaluation: number; pressedMs: number }
  /** The service an unlinked press belongs to, or that it belongs to none after all. */
  | { kind: 'evaluation.matched'; id: number; evaluation: number; service: ServiceRef | undefined }
  | { kind: 'case.completed'; projectNo: string; completing: number | null; termEndsMs: number }
  /** A service that came after the completion of a case that had none. */
  | { kind: 'service.completing'; projectNo: string; assessNumber: number }
  /** The calendar or the rules changed while the term ran. */
  | { kind: 'term.moved'; id: number; projectNo: string; termEndsMs: number }
  | { kind: 'case.withdrawn'; projectNo: string; atMs: number }
  | { kind: 'evaluation.excluded'; evaluation: number }
  | { kind: 'evaluation.defaulted'; projectNo: string; assessNumber: number };

type Of<K extends RuleFact['kind']> = Extract<RuleFact, { kind: K }>;

export function serviceStateOf(facts: Iterable<RuleFact>, service: ServiceRef): ServiceState {
  const known = [...facts];
  const all = <K extends RuleFact['kind']>(kind: K) =>
    known.filter((fact): fact is Of<K> => fact.kind === kind);
  const isService = (ref: ServiceRef) =>
    ref.projectNo === service.projectNo && ref.assessNumber === service.assessNumber;

  const termOf = (projectNo: string): CaseTerm => {
    const completed = all('case.completed').find((fact) => fact.projectNo === projectNo);
    const moved = newest(all('term.moved').filter((fact) => fact.projectNo === projectNo));
    return {
      termEndsMs: completed && (moved ?? completed).termEndsMs,
      withdrawnMs: all('case.withdrawn').find((fact) => fact.projectNo === projectNo)?.atMs,
    };
  };
  const excluded = new Set(all('evaluation.excluded').map(({ evaluation }) => evaluation));
  const madeBy = (presses: Of<'evaluation.pressed'>[]): MadeEvaluation[] => {
    const byId = new Map(presses.map((press) => [press.id, press]));
    return [...byId.values()].map(({ id, pressedMs, device, seq }) => {
      const dated = newest(all('evaluation.dated').filter(({ evaluation }) => evaluation === id));
      return { id, pressedMs: (dated ?? { pressedMs }).pressedMs, device, seq, excluded: excluded.has(id) };
    });
  };
  const matchOf = (press: Of<'evaluation.pressed'>) =>
    newest(all('evaluation.matched').filter(({ evaluation }) => evaluation === press.id))?.service;

  const ended = new Set(all('invitation.ended').map(({ invitation }) => invitation));
  const naming = all('invitation.created').filter(({ services }) => services.some(isService));
  const invitations = new Map(
    naming.map(({ id, invitation, services }): [string, InvitationOf] => [
      invitation,
      {
        order: id,
        ended: ended.has(invitation),
        cases: [...new Set(services.map(({ projectNo }) => projectNo))].map(termOf),
        evaluations: madeBy(all('evaluation.pressed').filter((press) => press.invitation === invitation)),
      },
    ]),
  );
  return {
    invitations: [...invitations.values()],
    matched: madeBy(
      all('evaluation.pressed').filter((press) => {
        const to = press.invitation === undefined ? matchOf(press) : undefined;
        return to !== undefined && isService(to);
      }),
    ),
    completing:
      all('case.completed').some(
        ({ projectNo, completing }) => projectNo === service.projectNo && completing === service.assessNumber,
      ) || all('service.completing').some(isService),
    case: termOf(service.projectNo),
    defaulted: all('evaluation.defaulted').some(isService),
  };
}

function newest<F extends { id: number }>(facts: readonly F[]): F | undefined {
  return facts.reduce<F | undefined>((last, fact) => (last && last.id > fact.id ? last : fact), undefined);
}
