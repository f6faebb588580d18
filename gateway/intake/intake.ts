// What upward messages lead to: records are verified, stored, and only then acknowledged; hello and health are
// answered. Never acknowledges what is not committed; what cannot be accepted goes to quarantine.
import { Compile } from 'typebox/compile';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { evaluationIsSigned } from '../../protocol/keys.ts';
import { Evaluation, type Health, type Hello } from '../../protocol/messages.ts';
import type { Session, SessionTable } from '../broker/sessions.ts';
import type { Clock, Counters, Log, Writer } from '../ports.ts';

const EvaluationCheck = Compile(Evaluation);

export interface Intake {
  /** Resolves when the payload may be acknowledged by PUBACK; rejects with StoreUnavailable if it may not. */
  evaluation(session: Session, payload: Buffer): Promise<void>;
  hello(session: Session, hello: Hello): Promise<void>;
  health(session: Session, health: Health): void;
}

export interface IntakeParts {
  writer: Writer;
  sessions: SessionTable;
  clock: Clock;
  counters: Counters;
  log: Log;
  epoch: () => number;
  /** Told after each commit that stored new records. */
  onStored: () => void;
}

export function makeIntake({ writer, sessions, clock, counters, log, epoch, onStored }: IntakeParts): Intake {
  const owed = new Map<Session, number>();

  /** One `ack` for all records of a device that were committed together. */
  const acknowledge = (session: Session, upTo: number) => {
    if (owed.size === 0) setImmediate(sendOwed);
    owed.set(session, Math.max(owed.get(session) ?? 0, upTo));
  };
  const sendOwed = () => {
    for (const [session, upTo] of owed) sessions.sendTo(session, 'ack', { upTo, epoch: epoch() });
    owed.clear();
  };

  const quarantine = async (
    session: Session,
    item: { seq: number | undefined; code: WireErrorCode; payload: Buffer },
  ) => {
    const device = session.device.id;
    counters.count(item.code);
    log.warn({ code: item.code, device, seq: item.seq }, 'A record was kept in quarantine.');
    const stored = await writer.submit('quarantine', {
      device,
      seq: item.seq,
      code: item.code,
      payload: item.payload.toString('latin1'),
      atMs: clock.nowMs(),
    });
    if (!stored.kept) counters.count('quarantine.full');
    acknowledge(session, stored.upTo);
  };

  return {
    async evaluation(session, payload) {
      const device = session.device;
      const record = parseJson(payload);
      if (record === undefined)
        return quarantine(session, { seq: undefined, code: 'payload.not-json', payload });
      if (!EvaluationCheck.Check(record))
        return quarantine(session, { seq: undefined, code: 'payload.schema', payload });
      const keys = device.keys.get(record.gen);
      if (!keys || !evaluationIsSigned(keys, device.handle, record)) {
        return quarantine(session, { seq: record.seq, code: 'evaluation.signature', payload });
      }
      const stored = await writer.submit('store-evaluation', {
        device: device.id,
        record,
        receivedMs: clock.nowMs(),
      });
      counters.count(`evaluation.${stored.state}`);
      if (stored.state === 'quarantined') {
        counters.count('evaluation.different');
        log.error(
          { code: 'evaluation.different', device: device.id, seq: record.seq },
          'A different record with a known sequence is in quarantine.',
        );
      }
      acknowledge(session, stored.upTo);
      if (stored.state === 'stored') onStored();
    },

    async hello(session, hello) {
      const { boot, uptime, oldest, next, missing } = hello;
      const noted = await writer.submit('note-hello', {
        device: session.device.id,
        boot,
        uptime,
        oldest,
        next,
        missing: missing as [number, number][],
        atMs: clock.nowMs(),
      });
      for (const [first, last] of noted.gaps) {
        log.error(
          { code: 'device.gap', device: session.device.id, first, last },
          'Records of this device are lost; the gap is listed.',
        );
      }
      sessions.sendTo(session, 'time', { echo: uptime, wall: clock.nowMs() });
      sessions.sendTo(session, 'ack', { upTo: noted.upTo, epoch: epoch() });
      sessions.helloReceived(session, hello);
    },

    health(session, health) {
      sessions.sendTo(session, 'time', { echo: health.uptime, wall: clock.nowMs() });
      sessions.healthReceived(session, health);
    },
  };
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('latin1'));
  } catch {
    return undefined;
  }
}
