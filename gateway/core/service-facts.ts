// From the facts of a hall to what is known about one service, in whatever order and however often the facts are
// read. The database's tables hold the same, kept up to date; this is what they are checked against.
import type { CaseTerm, MadeEvaluation, ServiceState } from './effective.ts';

export interface ServiceRef {
  projectNo: string;
  assessNumber: number;
}

export type RuleFact =
  | { kind: 'invitation.created'; invitation: string; services: readonly ServiceRef[] }
  /** `id` of the fact; a press counts for every service of its invitation. */
  | { kind: 'evaluation.pressed'; id: number; invitation: string; pressedMs: number }
  | { kind: 'case.completed'; projectNo: string; completing: number | null; termEndsMs: number }
  /** A service that came after the completion of a case that had none. */
  | { kind: 'service.completing'; projectNo: string; assessNumber: number }
  /** The calendar or the rules changed while the term ran; the newest by id holds. */
  | { kind: 'term.moved'; id: number; projectNo: string; termEndsMs: number }
  | { kind: 'case.withdrawn'; projectNo: string }
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
    const moved = all('term.moved')
      .filter((fact) => fact.projectNo === projectNo)
      .reduce<Of<'term.moved'> | undefined>(
        (last, fact) => (last && last.id > fact.id ? last : fact),
        undefined,
      );
    return {
      termEndsMs: completed && (moved ?? completed).termEndsMs,
      withdrawn: all('case.withdrawn').some((fact) => fact.projectNo === projectNo),
    };
  };
  const casesOf = (services: readonly ServiceRef[]) =>
    [...new Set(services.map(({ projectNo }) => projectNo))].map(termOf);

  const invitations = new Map(
    all('invitation.created')
      .filter(({ services }) => services.some(isService))
      .map(({ invitation, services }) => [invitation, services] as const),
  );
  const excluded = new Set(all('evaluation.excluded').map(({ evaluation }) => evaluation));
  const evaluations = new Map<number, MadeEvaluation>();
  for (const { id, invitation, pressedMs } of all('evaluation.pressed')) {
    const services = invitations.get(invitation);
    if (services)
      evaluations.set(id, { id, pressedMs, excluded: excluded.has(id), cases: casesOf(services) });
  }
  return {
    evaluations: [...evaluations.values()],
    completing:
      all('case.completed').some(
        ({ projectNo, completing }) => projectNo === service.projectNo && completing === service.assessNumber,
      ) || all('service.completing').some(isService),
    case: termOf(service.projectNo),
    cases: casesOf([service, ...[...invitations.values()].flat()]),
    defaulted: all('evaluation.defaulted').some(isService),
  };
}
