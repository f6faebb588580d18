// From rows of the outbox to the records that connectors send.
import type { OutboxRow } from '../store/questions/outbox.ts';
import type { Reader } from '../store/reader.ts';
import type { Replaced, ServiceRecord, UpstreamRecord } from './connector.ts';

type Source = Pick<Reader, 'outboxRow' | 'serviceOf'>;

export function makeRecords(reader: Source) {
  const serviceOf = ({ projectNo, assessNumber }: OutboxRow): ServiceRecord => {
    const {
      case: matter,
      completedMs,
      serviceName,
      servedAtMs,
      staff,
      persons,
    } = reader.serviceOf(projectNo, assessNumber);
    return {
      projectNo,
      assessNumber,
      taskCode: matter.taskCode,
      taskName: matter.taskName,
      projectName: matter.projectName,
      areaCode: matter.areaCode,
      deptCode: matter.deptCode,
      details: matter.details ?? {},
      serviceName,
      servedAtMs,
      acceptedAtMs: matter.acceptedAtMs,
      completedAtMs: completedMs,
      staff,
      persons,
    };
  };

  return {
    service: (row: OutboxRow): UpstreamRecord => ({
      kind: 'service',
      record: serviceOf(row),
      revision: row.revision,
    }),

    /** Of a row that is a change of what counts. */
    change(row: OutboxRow, replaces: Replaced | undefined): UpstreamRecord {
      const { projectNo, assessNumber, revision, content } = row;
      const change = { revision, replaces, service: serviceOf(row) };
      const key = { projectNo, assessNumber };
      switch (content.kind) {
        case 'evaluation': {
          const { level, reasons, pressedMs } = content;
          return {
            kind: 'evaluation',
            record: { ...key, level, reasons, pressedAtMs: pressedMs },
            ...change,
          };
        }
        case 'default': {
          const { level, termEndsMs } = content;
          return { kind: 'default', record: { ...key, level, termEndsMs }, ...change };
        }
        case 'nothing':
          return { kind: 'withdrawal', record: key, ...change };
        case 'service':
          throw new Error('a service record is no change of what counts');
      }
    },

    /** What upstream has by an earlier row; undefined if that took back what counted. */
    replaced(outbox: number): Replaced | undefined {
      const { idempotencyKey, content } = reader.outboxRow(outbox);
      return content.kind === 'evaluation' || content.kind === 'default'
        ? { idempotencyKey, kind: content.kind, level: content.level }
        : undefined;
    },
  };
}
