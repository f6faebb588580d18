// Which facts belong together: each is filed under keys, and leads from one key to others. Whoever looks up one
// service's facts follows them from its key, and needs not read all the facts of a hall.
import type { RuleFact, ServiceRef } from './service-facts.ts';

const caseKey = (projectNo: string) => `case ${projectNo}`;
const invitationKey = (invitation: string) => `invitation ${invitation}`;
export const evaluationKey = (id: number) => `evaluation ${id}`;
const serviceKey = ({ projectNo, assessNumber }: ServiceRef) => `service ${assessNumber} ${projectNo}`;

export function startKeysOf(service: ServiceRef): string[] {
  return [serviceKey(service), caseKey(service.projectNo)];
}

/** Where a fact is filed. */
export function keysOf(fact: RuleFact): string[] {
  switch (fact.kind) {
    case 'invitation.created':
      return fact.services.map(serviceKey);
    case 'invitation.ended':
      return [invitationKey(fact.invitation)];
    case 'evaluation.pressed':
      return [fact.invitation === undefined ? evaluationKey(fact.id) : invitationKey(fact.invitation)];
    case 'evaluation.matched':
      return [evaluationKey(fact.evaluation), ...(fact.service ? [serviceKey(fact.service)] : [])];
    case 'evaluation.dated':
    case 'evaluation.excluded':
      return [evaluationKey(fact.evaluation)];
    case 'service.completing':
    case 'evaluation.defaulted':
      return [serviceKey(fact)];
    case 'case.completed':
    case 'term.moved':
    case 'case.withdrawn':
      return [caseKey(fact.projectNo)];
  }
}

/** What else must be read once a fact is known. */
export function leadsOf(fact: RuleFact): string[] {
  switch (fact.kind) {
    case 'invitation.created':
      return [invitationKey(fact.invitation), ...fact.services.map(({ projectNo }) => caseKey(projectNo))];
    case 'evaluation.pressed':
      return [evaluationKey(fact.id)];
    case 'evaluation.matched':
      return [evaluationKey(fact.evaluation)];
    default:
      return [];
  }
}
