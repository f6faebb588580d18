// Commands that keep what evaluators send: records with their consequences for services and the outbox, and
// payloads that cannot be accepted. Duplicates are told by (device, sequence) and the stored signature.
import { RECORD_PRESS } from '../../../protocol/constants.ts';
import { DEVICE_HANDLE_AT } from '../../../protocol/layouts.ts';
import { countPacked, makePackedResults, makeRecordPlaces, packResult } from '../packed-records.ts';
import { type ReceivedRecord, receivedObject, recordOf } from '../received-record.ts';
import { signatureOf, writeWorkedOutTime } from '../record-body.ts';
import type { CommandContext, Commands, Handlers } from './commands.ts';
import { makeEffective } from './effective-services.ts';
import type { KnownDevice } from './known-devices.ts';

/** Raw payloads kept of one device in 24 hours; beyond that nothing of it is acknowledged that cannot be accepted. */
export const QUARANTINE_LIMIT_DAILY = 1000;
const DAY_MS = 86_400_000;

type Records = Pick<Handlers, 'store-evaluation' | 'store-records' | 'quarantine'>;
type Stored = Commands['store-evaluation']['out'];
type Raw = Parameters<Records['quarantine']>[0];

export function makeRecordCommands(context: CommandContext): Records {
  const { database, facts, received, presses, times, unlinked, catchUp, devices, ordinary } = context;
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
  const places = makeRecordPlaces();

  const deviceOf = (device: string): KnownDevice => {
    const found = devices.find(device);
    if (!found) throw new Error(`a record of a device that is not registered: ${device}`);
    return found;
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

  const keep = (no: number, record: ReceivedRecord) => {
    const { device, seq, isPress, isLinked, invitation, staff, receivedMs, body } = record;
    const placed = times.place(record, no);
    const { pressedMs, untilMs, doubt } = placed;
    const open = isLinked ? ordinary.take(invitation, pressedMs) : undefined;
    if (!open) ordinary.write();
    const found = isLinked && !open ? effective.find(invitation) : undefined;
    writeWorkedOutTime(body, 0, placed);
    const kind = isPress ? 'evaluation.pressed' : 'evaluation.reasons';
    const id = facts.add({ atMs: receivedMs, kind, subject: device, body });
    presses.add({
      id,
      deviceNo: no,
      seq,
      kind: record.kind,
      level: record.level,
      reasons: record.reasons.length === 0 ? '[]' : JSON.stringify(record.reasons),
      invitation,
      staff,
      flags: record.flags,
      pressedMs,
      untilMs,
      doubt: doubt ?? null,
      receivedMs,
      state: !isPress ? 'reasons' : open ? 'effective' : found ? 'duplicate' : 'unmatched',
    });
    if (!open || placed.undated) presses.write();
    if (open) ordinary.file(open, { id, deviceNo: no, seq, atMs: receivedMs });
    else if (found) effective.file(invitation, found, { id, atMs: receivedMs });
    else if (isPress && !isLinked)
      unlinked.add({ id, deviceNo: no, staff, fromMs: pressedMs, untilMs: untilMs ?? pressedMs });
    for (const changed of times.keep(record, { id, deviceNo: no }, placed)) {
      unlinked.narrow(changed.press, changed);
      if (changed.fromMs !== changed.before.fromMs) effective.settlePress(changed.press, receivedMs);
    }
    joinReasons(no, record, id);
  };

  /** Reasons are the record after their press, which may have arrived later. */
  const joinReasons = (no: number, { isPress, seq, receivedMs }: ReceivedRecord, id: number) => {
    const otherSeq = isPress ? seq + 1 : seq - 1;
    if (!received.has(no, otherSeq)) return;
    const other = presses.find(no, otherSeq);
    if (!other || (other.kind === RECORD_PRESS) === isPress) return;
    const [from, to] = isPress ? [other.id, id] : [id, other.id];
    copyReasons.run({ from, to });
    effective.settlePress(to, receivedMs);
  };

  const store = (record: ReceivedRecord): Stored => {
    const { device, seq, receivedMs, body } = record;
    const { no, handle } = deviceOf(device);
    const stored = received.has(no, seq) ? presses.find(no, seq) : undefined;
    if (stored?.signature.equals(signatureOf(body))) return { state: 'known', upTo: received.upTo(no) };
    if (stored) {
      const payload = JSON.stringify(recordOf(record));
      const kept = keepRaw(no, { device, seq, code: 'evaluation.different', payload, atMs: receivedMs });
      return { state: kept ? 'quarantined' : 'refused', upTo: received.upTo(no) };
    }
    if (!received.add(no, seq, seq)) return { state: 'refused', upTo: received.upTo(no) };
    handle.copy(body, DEVICE_HANDLE_AT);
    keep(no, record);
    const upTo = received.upTo(no);
    catchUp.received(no, upTo, receivedMs);
    return { state: 'stored', upTo };
  };

  return {
    'store-evaluation'({ device, record, receivedMs }) {
      const one = receivedObject(device, receivedMs, record);
      if (one.isLinked) ordinary.lookAt(one.invitation);
      const stored = store(one);
      ordinary.write();
      return stored;
    },

    'store-records'({ records }) {
      const count = countPacked(records);
      places.put(records);
      for (let index = 0; index < count; index += 1) {
        const record = places.at(index);
        if (record.isLinked) ordinary.lookAt(record.invitation);
      }
      const results = makePackedResults(count);
      for (let index = 0; index < count; index += 1) packResult(results, index, store(places.at(index)));
      // Here and not at the end of the transaction, so that what fails is known to be of this command.
      ordinary.write();
      return { results };
    },

    quarantine(item) {
      const { no } = deviceOf(item.device);
      const kept = keepRaw(no, item);
      const upTo = received.upTo(no);
      catchUp.received(no, upTo, item.atMs);
      return { kept, upTo };
    },
  };
}
