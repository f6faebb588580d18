// What upward messages lead to: records are verified, stored, and only then acknowledged; hello and health are
// answered. Never acknowledges what is not committed; what cannot be accepted goes to quarantine.
import { Compile } from 'typebox/compile';
import { SEQUENCE_MAX } from '../../protocol/constants.ts';
import type { WireErrorCode } from '../../protocol/errors.ts';
import { layoutIsSigned } from '../../protocol/keys.ts';
import { DEVICE_HANDLE_AT, GENERATION_AT, SEQUENCE_AT } from '../../protocol/layouts.ts';
import { Evaluation, type Health, type Hello } from '../../protocol/messages.ts';
import type { Session, SessionTable } from '../broker/sessions.ts';
import { mark } from '../marks.ts';
import type { Clock, Counters, Log, Writer } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import { RECORD_BODY_BYTES, SignedRecord, signatureOf, signedOf, writeSigned } from '../store/record-body.ts';
import { makeHello } from './hello.ts';
import { readPlainRecord } from './plain-record.ts';
import { makeTurns } from './turns.ts';

const EvaluationCheck = Compile(Evaluation);
type Stored = Commands['store-evaluation']['out'];
const COUNTED = {
  stored: 'evaluation.stored',
  known: 'evaluation.known',
  quarantined: 'evaluation.quarantined',
  refused: 'evaluation.refused',
} as const satisfies Record<Stored['state'], string>;

/** Records under way at the writer before further ones wait for their turn; the API keeps its own share. */
export const UNDER_WAY_LIMIT_RECORDS = 10_000;

interface Raw {
  seq: number | undefined;
  code: WireErrorCode;
  payload: Buffer;
}

/** A record from its payload to its commit. Used again for another one then. */
class RecordUnderWay extends SignedRecord {
  readonly signed: Buffer;
  readonly signature: Buffer;
  seq = 0;
  session: Session | undefined;
  settled: ((error?: Error) => void) | undefined;

  constructor() {
    super('', 0, Buffer.alloc(RECORD_BODY_BYTES));
    this.signed = signedOf(this.body);
    this.signature = signatureOf(this.body);
  }
}

/** A limit was reached and the payload was not kept: it gets no PUBACK and may come again. */
export class NotKept extends Error {}

export interface Intake {
  /**
   * `settled` is called once: without an error when the payload may be acknowledged by PUBACK, else with
   * StoreUnavailable or NotKept.
   */
  evaluation(session: Session, payload: Buffer, settled: (error?: Error) => void): void;
  hello(session: Session, hello: Hello): Promise<void>;
  health(session: Session, health: Health): void;
}

export interface IntakeParts {
  writer: Writer;
  sessions: SessionTable;
  clock: Clock;
  counters: Counters;
  log: Log;
  /** Of the database at this start. */
  epoch: number;
}

export function makeIntake(parts: IntakeParts): Intake {
  const { writer, sessions, clock, counters, log } = parts;
  const epoch = { current: parts.epoch };
  let owed: Session[] = [];

  /** One `ack` for all records of a device that were committed together. */
  const acknowledge = (session: Session, upTo: number) => {
    if (session.owedUpTo === undefined) {
      if (owed.push(session) === 1) setImmediate(sendOwed);
      session.owedUpTo = upTo;
    } else if (upTo > session.owedUpTo) session.owedUpTo = upTo;
  };
  const sendOwed = () => {
    const batch = owed;
    owed = [];
    for (const session of batch) {
      const upTo = session.owedUpTo!;
      session.owedUpTo = undefined;
      sessions.sendTo(session, 'ack', { upTo, epoch: epoch.current });
    }
  };

  const turns = makeTurns(UNDER_WAY_LIMIT_RECORDS);
  const free: RecordUnderWay[] = [];
  let spent: RecordUnderWay[] = [];
  const freeSpent = () => {
    for (const one of spent) {
      // What waits to be used again keeps no ended session alive.
      one.session = undefined;
      one.settled = undefined;
      if (free.length < UNDER_WAY_LIMIT_RECORDS) free.push(one);
    }
    spent = [];
  };
  /** At the end of this turn of the event loop, when everybody has heard of it. */
  const freeSoon = (one: RecordUnderWay) => {
    if (spent.push(one) === 1) setImmediate(freeSpent);
  };

  const quarantine = async (session: Session, { seq, code, payload }: Raw) => {
    const device = session.device.id;
    counters.count(code);
    mark('intake.raw');
    // A forged record must not free a true one: without proof of who sent it, it moves no watermark.
    const known = session.proven ? seq : undefined;
    const item = { device, seq: known, code, payload: payload.toString('latin1'), atMs: clock.nowMs() };
    await turns.next();
    const stored = await writer.submit('quarantine', item).finally(turns.release);
    if (!stored.kept) throw notKept(device);
    log.warn({ code, device, seq }, 'A record was kept in quarantine.');
    acknowledge(session, stored.upTo);
  };

  // Not closures of `evaluation`: they would be made for every record, and what they name would live until its commit.
  const storeAtItsTurn = (turn: Promise<void>, one: RecordUnderWay) =>
    void turn.then(() => writer.store(one, onStored));
  const keepRaw = (session: Session, raw: Raw, settled: (error?: Error) => void) => {
    quarantine(session, raw).then(() => settled(), settled);
  };

  const notKept = (device: string) => {
    counters.count('quarantine.full');
    return new NotKept(`no room in the quarantine of ${device}`);
  };

  /** One for all: made for each record, it would live until its commit, and the engine copies what lives so long. */
  const onStored = (stored: Stored | Error, one: RecordUnderWay) => {
    const { session, seq, settled } = one;
    turns.release();
    freeSoon(one);
    settled!(stored instanceof Error ? stored : whatBecame(session!, seq, stored));
  };

  /** After the commit: an error if the record was not kept. */
  const whatBecame = (session: Session, seq: number, { state, upTo }: Stored): Error | undefined => {
    const device = session.device.id;
    counters.count(COUNTED[state]);
    if (state === 'known') mark('intake.known');
    if (state === 'refused') return notKept(device);
    if (state === 'quarantined') {
      counters.count('evaluation.different');
      mark('intake.different');
      log.error(
        { code: 'evaluation.different', device, seq },
        'A different record with a known sequence is in quarantine.',
      );
    }
    acknowledge(session, upTo);
    return undefined;
  };

  return {
    evaluation(session, payload, settled) {
      const one = free.pop() ?? new RecordUnderWay();
      const raw = readSignedRecord(one, session.device, payload);
      if (raw) {
        free.push(one);
        return keepRaw(session, raw, settled);
      }
      one.receivedMs = clock.nowMs();
      one.session = session;
      one.settled = settled;
      const turn = turns.next();
      if (turn) storeAtItsTurn(turn, one);
      else writer.store(one, onStored);
    },

    hello: makeHello({ writer, sessions, clock, counters, log, epoch }),

    health(session, health) {
      sessions.sendTo(session, 'time', { echo: health.uptime, wall: clock.nowMs() });
      sessions.healthReceived(session, health);
    },
  };
}

/** Fills the record. Otherwise what is wrong with the payload. */
function readSignedRecord(into: RecordUnderWay, device: Session['device'], payload: Buffer): Raw | undefined {
  const { body } = into;
  if (!readPlainRecord(payload, body)) {
    const record = parseJson(payload);
    if (record === undefined) return { seq: undefined, code: 'payload.not-json', payload };
    if (!EvaluationCheck.Check(record))
      return { seq: readableSequence(record), code: 'payload.schema', payload };
    writeSigned(body, 0, device.handle, record);
  }
  writeHandle(body, device.handle);
  into.device = device.id;
  into.seq = body.readUInt32BE(SEQUENCE_AT);
  const keys = device.keys.get(body[GENERATION_AT]!);
  const isSigned = keys !== undefined && layoutIsSigned(keys, into.signed, into.signature);
  return isSigned ? undefined : { seq: into.seq, code: 'evaluation.signature', payload };
}

/** Of the device whose records were read last. */
const known = { handle: '', high: 0, low: 0 };

/** Digits are turned into bytes once for all records that a device sends at once. */
function writeHandle(body: Buffer, handle: string): void {
  if (handle !== known.handle) {
    known.handle = handle;
    known.high = Number.parseInt(handle.slice(0, 8), 16);
    known.low = Number.parseInt(handle.slice(8), 16);
  }
  body.writeUInt32BE(known.high, DEVICE_HANDLE_AT);
  body.writeUInt32BE(known.low, DEVICE_HANDLE_AT + 4);
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('latin1'));
  } catch {
    return undefined;
  }
}

/** Of a record that cannot be read otherwise: in quarantine it must not block the records after it. */
function readableSequence(record: unknown): number | undefined {
  const seq = (record as { seq?: unknown } | null)?.seq;
  return Number.isInteger(seq) && (seq as number) >= 1 && (seq as number) <= SEQUENCE_MAX
    ? (seq as number)
    : undefined;
}
