// A connector that gives the one behind it the applicant in clear for as long as it sends: the way upstream is a
// standing purpose, recorded once, and keeps nothing. A person who was forgotten is left out of the record.
import type { Persons } from '../persons/persons.ts';
import type { ServiceRecord, UpstreamConnector } from './connector.ts';

export function openApplicants(connector: UpstreamConnector, persons: Persons): UpstreamConnector {
  const opened = async ({ persons: sealed, ...record }: ServiceRecord): Promise<ServiceRecord> =>
    sealed ? { ...record, applicant: (await persons.open(sealed)).applicant } : record;
  /** A second assessment brings its service record along. */
  const namesServiceAnew = connector.rules.corrections === 'second';
  return {
    ...connector,
    async send(item, options) {
      if (!connector.takesApplicants) return connector.send(item, options);
      if (item.kind !== 'service' && !(namesServiceAnew && item.replaces))
        return connector.send(item, options);
      let clear: typeof item;
      try {
        clear =
          item.kind === 'service'
            ? { ...item, record: await opened(item.record) }
            : { ...item, service: await opened(item.service) };
      } catch (error) {
        return { outcome: 'failed', reason: (error as Error).message };
      }
      return connector.send(clear, options);
    },
  };
}
