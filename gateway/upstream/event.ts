// A record as an event of our own format, for ways upstream that have none: JetStream and files. One JSON object with
// a key that is the same however often it comes. Holds no applicant: personal data leaves by the national interface only.
import type { ServiceRecord, UpstreamRecord } from './connector.ts';
import { nationalTime } from './national-mapping.ts';

export interface EventOptions {
  hall: string;
  key: string;
}

export function eventOf(item: UpstreamRecord, { hall, key }: EventOptions): object {
  const head = { key, kind: item.kind, hall };
  if (item.kind === 'service') return { ...head, revision: item.revision, ...serviceFields(item.record) };
  const { revision, replaces } = item;
  const { projectNo, assessNumber } = item.record;
  const changed = {
    ...head,
    projectNo,
    assessNumber,
    revision,
    replaces: replaces ? replaces.idempotencyKey : null,
  };
  switch (item.kind) {
    case 'evaluation': {
      const { level, reasons, pressedAtMs } = item.record;
      return { ...changed, level, reasons, at: isoTime(pressedAtMs) };
    }
    case 'default':
      return { ...changed, level: item.record.level, at: isoTime(item.record.termEndsMs) };
    case 'withdrawal':
      return changed;
  }
}

function serviceFields(service: ServiceRecord): object {
  const { persons, applicant, servedAtMs, acceptedAtMs, completedAtMs, ...rest } = service;
  const time = (timeMs: number | undefined) => (timeMs === undefined ? null : isoTime(timeMs));
  return {
    ...rest,
    servedAt: isoTime(servedAtMs),
    acceptedAt: time(acceptedAtMs),
    completedAt: time(completedAtMs),
  };
}

const isoTime = (timeMs: number) => `${nationalTime(timeMs).replace(' ', 'T')}+08:00`;

/** Events carry every change: whoever reads them takes the one with the highest revision. */
export const EVENT_RULES = {
  defaults: 'sent',
  corrections: 'update',
  withdrawals: 'sent',
  serviceChanges: 'sent',
} as const;
