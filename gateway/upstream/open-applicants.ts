// A connector that gives the one behind it the applicant in clear for as long as it sends: the way upstream is a
// standing purpose, recorded once, and keeps nothing. A person who was forgotten is left out of the record.
import type { Persons } from '../persons/persons.ts';
import type { UpstreamConnector } from './connector.ts';

export function openApplicants(connector: UpstreamConnector, persons: Persons): UpstreamConnector {
  return {
    async send(item, options) {
      if (item.kind !== 'service' || !item.record.persons) return connector.send(item, options);
      const { persons: sealed, ...record } = item.record;
      let applicant: Awaited<ReturnType<Persons['open']>>['applicant'];
      try {
        ({ applicant } = await persons.open(sealed));
      } catch (error) {
        return { outcome: 'failed', reason: (error as Error).message };
      }
      return connector.send({ kind: 'service', record: { ...record, applicant } }, options);
    },
  };
}
