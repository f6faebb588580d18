// Commands that keep what evaluators send: records with their consequences for services and the outbox, and
// payloads that cannot be accepted. Duplicates are told by (device, sequence) and the stored signature.
import { NO_HANDLE, RECORD_PRESS } from '../../../protocol/constants.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import type { CommandContext, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';

/** Raw payloads kept of one device in 24 hours; beyond that nothing of it is acknowledged that cannot be accepted. */
export const QUARANTINE_LIMIT_DAILY = 1000;
const DAY_MS = 86_400_000;

type Records = Pick<Handlers, 'store-evaluation' | 'quarantine'>;
type Raw = Parameters<Records['quarantine']>[0];

export function makeRecordCommands(context: CommandContext): Records {
  const { database, facts, received, presses, times, unlinked, catchUp, devices } = context;
  const insert = database.prepare(
    `INSERT INTO press (id, device_no, seq, kind, level, reasons, invitation, staff, flags, pressed_ms, until_ms, doubt, received_ms, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const copyReasons = database.prepare(
    'UPDATE press SET reasons = (SELECT reasons FROM press WHERE id = @from), reasons_fact = @from WHERE id = @to AND kind = 1',
  );
  const insertQuarantine = database.prepare(
    'INSERT INTO quarantine (device_no, seq, code, payload, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const quarantinedSince = database
    .prepare('SELECT count(*) FROM quarantine WHERE device_no = ? AND at_ms > ?')
    .pluck();
  const sameQuarantined = database
    .prepare('SELECT 1 FROM quarantine WHERE device_no = ? AND seq IS ? AND payload = ?')
    .pluck();
  const effective = makeEffective(context);

  const noOf = (device: string) => {
    const no = devices.noOf(device);
    if (no === undefined) throw new Error(`a record of a device that is not registered: ${device}`);
    return no;
  };

  const keepRaw = (no: number, { device, seq, code, payload, atMs }: Raw): boolean => {
    const bytes = Buffer.from(payload, 'latin1');
    if (sameQuarantined.get(no, seq ?? null, bytes)) return true;
    if ((quarantinedSince.get(no, atMs - DAY_MS) as number) >= QUARANTINE_LIMIT_DAILY) return false;
    if (seq !== undefined && !received.add(no, seq, seq)) return false;
    insertQuarantine.run(no, seq ?? null, code, bytes, atMs);
    facts.append({
      atMs,
      kind: 'evaluation.quarantined',
      subject: device,
      body: { seq: seq ?? null, code, payload },
    });
    return true;
  };

  const keep = (no: number, device: string, record: Evaluation, receivedMs: number) => {
    const placed = times.place(record, { deviceNo: no, receivedMs });
    const { pressedMs, untilMs, doubt } = placed;
    const isPress = record.kind === RECORD_PRESS;
    const isLinked = isPress && record.invitation !== NO_HANDLE;
    const invitation = Buffer.from(record.invitation, 'hex');
    const staff = Buffer.from(record.staff, 'hex');
    const found = isLinked ? effective.find(invitation) : undefined;
    const id = facts.append({
      atMs: receivedMs,
      kind: isPress ? 'evaluation.pressed' : 'evaluation.reasons',
      subject: device,
      body: { ...record, pressedMs, ...(untilMs === null ? {} : { untilMs }), ...(doubt && { doubt }) },
    });
    insert.run(
      id,
      no,
      record.seq,
      record.kind,
      record.level,
      record.reasons.length === 0 ? '[]' : JSON.stringify(record.reasons),
      invitation,
      staff,
      record.flags,
      pressedMs,
      untilMs,
      doubt ?? null,
      receivedMs,
      !isPress ? 'reasons' : found ? 'duplicate' : 'unmatched',
    );
    presses.note({ id, deviceNo: no, seq: record.seq });
    if (found) effective.file(invitation, found, { id, atMs: receivedMs });
    else if (isPress && !isLinked)
      unlinked.add({ id, deviceNo: no, staff, fromMs: pressedMs, untilMs: untilMs ?? pressedMs });
    for (const changed of times.keep(record, { id, deviceNo: no, receivedMs }, placed)) {
      unlinked.narrow(changed.press, changed);
      if (changed.fromMs !== changed.before.fromMs) effective.settlePress(changed.press, receivedMs);
    }
    joinReasons(no, record, { id, atMs: receivedMs });
  };

  /** Reasons are the record after their press, which may have arrived later. */
  const joinReasons = (no: number, { kind, seq }: Evaluation, { id, atMs }: { id: number; atMs: number }) => {
    const isPress = kind === RECORD_PRESS;
    const otherSeq = isPress ? seq + 1 : seq - 1;
    if (!received.has(no, otherSeq)) return;
    const other = presses.find(no, otherSeq);
    if (!other || (other.kind === RECORD_PRESS) === isPress) return;
    const [from, to] = isPress ? [other.id, id] : [id, other.id];
    copyReasons.run({ from, to });
    effective.settlePress(to, atMs);
  };

  return {
    'store-evaluation'({ device, record, receivedMs }) {
      const no = noOf(device);
      const { seq } = record;
      const stored = received.has(no, seq) ? presses.find(no, seq) : undefined;
      if (stored && stored.signature === record.sig) return { state: 'known', upTo: received.upTo(no) };
      if (stored) {
        const payload = JSON.stringify(record);
        const kept = keepRaw(no, { device, seq, code: 'evaluation.different', payload, atMs: receivedMs });
        return { state: kept ? 'quarantined' : 'refused', upTo: received.upTo(no) };
      }
      if (!received.add(no, seq, seq)) return { state: 'refused', upTo: received.upTo(no) };
      keep(no, device, record, receivedMs);
      const upTo = received.upTo(no);
      catchUp.received(no, upTo, receivedMs);
      return { state: 'stored', upTo };
    },

    quarantine(item) {
      const no = noOf(item.device);
      const kept = keepRaw(no, item);
      const upTo = received.upTo(no);
      catchUp.received(no, upTo, item.atMs);
      return { kept, upTo };
    },
  };
}
