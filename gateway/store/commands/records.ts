// Commands that keep what evaluators send: records with their consequences for services and the outbox, and
// payloads that cannot be accepted. Duplicates are told by (device, sequence) and the stored signature.
import { NO_HANDLE, RECORD_PRESS } from '../../../protocol/constants.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import { pressedMsOf } from '../../core/press-time.ts';
import type { CommandContext, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';
import { makeWatermark } from './watermark.ts';

/** Raw payloads kept of one device in 24 hours; beyond that they are counted only. */
export const QUARANTINE_LIMIT_DAILY = 1000;
const DAY_MS = 86_400_000;

type Records = Pick<Handlers, 'store-evaluation' | 'quarantine'>;

export function makeRecordCommands(context: CommandContext): Records {
  const { database, facts } = context;
  const deviceNo = database.prepare('SELECT no FROM device WHERE id = ?').pluck();
  const known = database.prepare('SELECT sig FROM press WHERE device_no = ? AND seq = ?').pluck();
  const bootStarted = database
    .prepare('SELECT started_ms FROM device_boot WHERE device_no = ? AND boot = ?')
    .pluck();
  const insert = database.prepare(
    `INSERT INTO press (id, device_no, seq, kind, level, reasons, invitation, staff, flags, pressed_ms, received_ms, state, sig)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertQuarantine = database.prepare(
    'INSERT INTO quarantine (device_no, seq, code, payload, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const quarantinedSince = database
    .prepare('SELECT count(*) FROM quarantine WHERE device_no = ? AND at_ms > ?')
    .pluck();
  const sameQuarantined = database
    .prepare('SELECT 1 FROM quarantine WHERE device_no = ? AND seq = ? AND payload = ?')
    .pluck();
  const watermark = makeWatermark(database);
  const effective = makeEffective(context);

  const noOf = (device: string) => {
    const no = deviceNo.get(device) as number | undefined;
    if (no === undefined) throw new Error(`a record of a device that is not registered: ${device}`);
    return no;
  };

  const keepRaw = (
    no: number,
    item: { device: string; seq: number | undefined; code: string; payload: string; atMs: number },
  ): boolean => {
    if (item.seq !== undefined && sameQuarantined.get(no, item.seq, Buffer.from(item.payload, 'latin1')))
      return true;
    if ((quarantinedSince.get(no, item.atMs - DAY_MS) as number) >= QUARANTINE_LIMIT_DAILY) return false;
    insertQuarantine.run(no, item.seq ?? null, item.code, Buffer.from(item.payload, 'latin1'), item.atMs);
    facts.append({
      atMs: item.atMs,
      kind: 'evaluation.quarantined',
      subject: item.device,
      body: { seq: item.seq ?? null, code: item.code, payload: item.payload },
    });
    return true;
  };

  const keep = (no: number, device: string, record: Evaluation, receivedMs: number) => {
    const bootStartedMs = bootStarted.get(no, record.boot) as number | undefined;
    const pressedMs = pressedMsOf(record, { receivedMs, bootStartedMs });
    const factId = facts.append({
      atMs: receivedMs,
      kind: 'evaluation.pressed',
      subject: device,
      body: { ...record, pressedMs },
    });
    const invitation = Buffer.from(record.invitation, 'hex');
    const isPress = record.kind === RECORD_PRESS;
    insert.run(
      factId,
      no,
      record.seq,
      record.kind,
      record.level,
      JSON.stringify(record.reasons),
      invitation,
      Buffer.from(record.staff, 'hex'),
      record.flags,
      pressedMs,
      receivedMs,
      isPress ? 'unmatched' : 'reasons',
      Buffer.from(record.sig, 'hex'),
    );
    if (isPress && record.invitation !== NO_HANDLE) effective.pressed(invitation, receivedMs);
  };

  return {
    'store-evaluation'({ device, record, receivedMs }) {
      const no = noOf(device);
      const storedSignature = known.get(no, record.seq) as Buffer | undefined;
      if (storedSignature) {
        if (storedSignature.toString('hex') === record.sig)
          return { state: 'known', upTo: watermark.advance(no) };
        keepRaw(no, {
          device,
          seq: record.seq,
          code: 'evaluation.different',
          payload: JSON.stringify(record),
          atMs: receivedMs,
        });
        return { state: 'quarantined', upTo: watermark.advance(no) };
      }
      keep(no, device, record, receivedMs);
      return { state: 'stored', upTo: watermark.advance(no) };
    },

    quarantine(item) {
      const no = noOf(item.device);
      const kept = keepRaw(no, item);
      return { kept, upTo: watermark.advance(no) };
    },
  };
}
