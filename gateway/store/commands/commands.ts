// Every command of the writer: its name, what it takes, what it answers. Handlers beside this file run inside the
// group's transaction; expected failures are answers with a code, anything thrown rolls the command back.
import type Database from 'better-sqlite3';
import type { Evaluation, Image } from '../../../protocol/messages.ts';
import type { Calendar } from '../../core/calendar.ts';
import type { ClockDoubt } from '../../core/clock-doubt.ts';
import type { HallRules } from '../../core/hall-rules.ts';
import type { SealedPersons } from '../../persons/applicant.ts';
import type { FactLog } from '../chain.ts';
import type { Awaited } from './awaited.ts';
import type { CatchUp } from './catch-up.ts';
import type { KnownDevices } from './known-devices.ts';
import type { Meta } from './meta.ts';
import type { OrdinaryPresses } from './ordinary-presses.ts';
import type { PressTimes } from './press-times.ts';
import type { Received } from './received.ts';
import type { StoredPresses } from './stored-presses.ts';
import type { Unlinked } from './unlinked.ts';

export type Failure<Code extends string> = { ok: false; code: Code };
export type Outcome<Success, Code extends string> = ({ ok: true } & Success) | Failure<Code>;
type None = Record<never, never>;

export interface StaffName {
  badgeId: string;
  name: string;
}

export interface ServiceKey {
  projectNo: string;
  assessNumber: number;
}

/** Where a page of due services ended: those due longest first, then in the order of creation. */
export interface DueService {
  dueMs: number;
  no: number;
}

/** What only the provincial system asks about a case. */
export interface CaseDetails {
  taskHandleItem?: string | undefined;
  subMatter?: string | undefined;
  projectType?: string | undefined;
  departmentName?: string | undefined;
  orgCode?: string | undefined;
  orgName?: string | undefined;
  promiseDays?: number | undefined;
  anticipatedDays?: number | undefined;
}

export interface CaseBody {
  taskCode: string;
  taskName: string;
  projectName: string | undefined;
  areaCode: string | undefined;
  deptCode: string | undefined;
  acceptedAtMs: number | undefined;
  details?: CaseDetails | undefined;
}

/** How a connector is done with a row for now. */
export type DeliveryResult =
  /** `suppliedText`: the profile's words that stood in for a negative evaluation without any. */
  | { state: 'delivered'; suppliedText?: string | undefined }
  | { state: 'refused'; code: string; reason: string }
  | { state: 'listed'; reason: string; there: number }
  | { state: 'omitted'; reason: string };

export type Change = 'created' | 'updated' | 'unchanged';

export interface Commands {
  'register-device': {
    in: {
      id: string;
      hall: string;
      window: string | undefined;
      handle: string;
      gen: number;
      sealedKey: Uint8Array;
      atMs: number;
    };
    out: Outcome<None, 'device.exists' | 'window.occupied'>;
  };
  /** The last order for a device holds; the release was verified. */
  'order-updates': {
    in: { devices: string[]; version: string; forced: boolean; atMs: number };
    out: { ok: true } | { ok: false; code: 'device.unknown'; devices: string[] };
  };
  /** Withdraws what was ordered and is not being installed yet. Devices without such an order are passed over. */
  'stop-updates': {
    in: { devices: string[]; atMs: number };
    out: { stopped: string[]; installing: string[] };
  };
  /** How the update of a device goes; passed over when another version was ordered since. */
  'note-update': {
    in: {
      device: string;
      version: string;
      state: 'ordered' | 'sending' | 'installing' | 'confirmed' | 'refused' | 'returned';
      code: string | undefined;
      offset: number;
      atMs: number;
    };
    out: None;
  };
  /** A new evaluator takes the window of an old one, which is revoked now, or else retires until it is drained. */
  'replace-device': {
    in: {
      old: string;
      id: string;
      handle: string;
      gen: number;
      sealedKey: Uint8Array;
      revokesNow: boolean;
      atMs: number;
    };
    out: Outcome<{ window: string | undefined }, 'device.unknown' | 'device.revoked' | 'device.exists'>;
  };
  /** The next generation of a device's key; older ones stay, for the records they signed. */
  'add-device-key': {
    in: { device: string; gen: number; sealedKey: Uint8Array; atMs: number };
    out: Outcome<None, 'device.unknown' | 'device.revoked'>;
  };
  /** Kept among the newest of the device. */
  'note-device-event': {
    in: { device: string; kind: string; detail: object; atMs: number };
    out: None;
  };
  'revoke-device': { in: { id: string; atMs: number }; out: Outcome<None, 'device.unknown'> };
  /** Stores the pair before the connection is accepted. */
  'accept-connect': {
    in: {
      device: string;
      boot: number;
      conn: number;
      /** Of the key that proved it; the first one's when left out. */
      gen?: number;
      atMs: number;
    };
    out: Outcome<None, 'connect.replayed' | 'connect.revoked' | 'connect.unknown-device'>;
  };
  /** What a hello tells of the journal: gaps are listed and passed. `upTo` is the watermark afterwards. */
  'note-hello': {
    in: {
      device: string;
      boot: number;
      uptime: number;
      oldest: number;
      next: number;
      missing: [number, number][];
      /** Highest acknowledged sequence; beyond the watermark, the database is an older copy. */
      acked: number;
      atMs: number;
    };
    out: {
      upTo: number;
      gaps: [number, number][];
      epoch: number;
      /** This hello showed that the database is an older copy: every evaluator has to be asked. */
      epochBegun: boolean;
      /** The evaluator has to send again what it keeps from there on. */
      resendFrom: number | undefined;
    };
  };
  /**
   * At start, before anything is acted on: evaluators known from earlier runs are waited for. `defaultsHeldMs`: after so
   * long a default goes upstream although an evaluator has not reported an empty journal.
   */
  'begin-run': { in: { atMs: number; defaultsHeldMs: number }; out: { awaited: number } };
  /** Those that have said nothing since the start are waited for no longer. */
  'end-start-wait': { in: None; out: { silent: number } };
  /** The database is a restored copy. `cause` is kept in the fact. */
  'begin-epoch': { in: { cause: object; atMs: number }; out: { epoch: number; awaited: number } };
  /** A person gives up on what an evaluator may still hold; should it come back, it is asked all the same. */
  'abandon-device': {
    in: { id: string; by: string; reason: string; atMs: number };
    out: Outcome<{ change: Change }, 'device.unknown'>;
  };
  /** The record's signature has been verified. Refused means not kept: a limit was reached, it may come again. */
  'store-evaluation': {
    in: { device: string; record: Evaluation; receivedMs: number };
    out: { state: 'stored' | 'known' | 'quarantined' | 'refused'; upTo: number };
  };
  /** The same for records packed by packed-records.ts, and packed as there what became of each. */
  'store-records': { in: { records: Uint8Array }; out: { results: Uint8Array } };
  /** Keeps a payload that cannot be accepted, unless a limit was reached. With a sequence, it counts as received. */
  quarantine: {
    in: { device: string; seq: number | undefined; code: string; payload: string; atMs: number };
    out: { kept: boolean; upTo: number };
  };
  'put-desk': {
    /** What is left out stays as it is. */
    in: {
      window: string;
      staff?: StaffName | null | undefined;
      paused?: boolean | undefined;
      atMs: number;
    };
    out: { change: Change };
  };
  /** Without a picture it is removed. `via` is the system that asked. */
  'put-staff-photo': {
    in: { badgeId: string; picture: Image | undefined; via: string; atMs: number };
    out: Outcome<{ change: Change }, 'staff.unknown'>;
  };
  'put-case': {
    in: { projectNo: string; body: CaseBody; persons?: SealedPersons; atMs: number };
    out: { change: Change };
  };
  'put-service': {
    in: ServiceKey & {
      serviceName: string;
      servedAtMs: number;
      staff: StaffName;
      window: string;
      persons?: SealedPersons;
      atMs: number;
    };
    out: Outcome<{ change: Change }, 'case.unknown' | 'service.invited'>;
  };
  /** Without a time: now, or whatever it was completed at before. */
  'complete-case': {
    in: {
      projectNo: string;
      completedAtMs: number | undefined;
      /** The service that completed it; the last one known if left out. */
      assessNumber?: number | undefined;
      atMs: number;
    };
    out: Outcome<
      { completedAtMs: number; termEndsMs: number; change: Change },
      'case.unknown' | 'case.completed' | 'case.withdrawn' | 'service.unknown'
    >;
  };
  /** Another staff member has the case from now on. What was and is pressed counts for who the card showed. */
  'transfer-case': {
    in: { projectNo: string; staff: StaffName; atMs: number };
    out: Outcome<{ change: Change }, 'case.unknown' | 'case.withdrawn'>;
  };
  'withdraw-case': {
    in: { projectNo: string; atMs: number };
    out: Outcome<{ withdrawnMs: number; change: Change }, 'case.unknown'>;
  };
  /** After an appeal. `by` is who decided; the reason is kept in the fact. */
  'exclude-evaluation': {
    in: { evaluation: number; by: string; reason: string; atMs: number };
    out: Outcome<{ change: Change }, 'evaluation.unknown'>;
  };
  /** Defaults what is due, at most `limit` services, those due longest first. */
  'settle-due': {
    in: { nowMs: number; limit: number; after?: DueService | undefined };
    /** `after`: there may be more, behind services that are not acted on now. */
    out: {
      defaulted: number;
      looked: number;
      nextDueMs: number | undefined;
      after?: DueService | undefined;
    };
  };
  /** Looks at unlinked presses whose windows' evaluators have reported an empty journal since. */
  'match-unlinked': {
    in: { nowMs: number; emptyAtMs: Record<string, number>; afterId: number; limit: number };
    /** `lastId` is undefined after the last row. */
    out: { matched: number; lastId: number | undefined };
  };
  /** Lets held defaults go upstream: windows whose evaluator reported an empty journal, and since when they did. */
  'release-defaults': {
    in: {
      nowMs: number;
      /** Held longer than this, a default goes whatever the evaluators say. */
      heldLimitMs: number;
      emptyAtMs: Record<string, number>;
      afterId: number;
      limit: number;
    };
    /** `lastId` is undefined after the last row. */
    out: { released: number; lastId: number | undefined };
  };
  /** Records rules and calendar when they differ from those that held before. */
  'begin-rules': { in: { atMs: number }; out: { changed: boolean } };
  /** Terms that still run follow rules and calendar; one that has ended stays. */
  'move-terms': { in: { projectNos: string[]; nowMs: number }; out: { moved: number } };
  'finish-rules': { in: None; out: None };
  'hold-clock': { in: { reason: ClockDoubt; atMs: number }; out: None };
  'confirm-clock': { in: { atMs: number }; out: { change: Change } };
  /** A handle that is there already, made from the same idempotency key, answers as the first time. */
  'create-invitation': {
    in: { invitation: string; window: string; services: ServiceKey[]; termSeconds: number; atMs: number };
    out:
      | { ok: true; replaced: string | undefined }
      | { ok: false; code: 'service.unknown' | 'service.evaluated' | 'service.repeated'; index: number };
  };
  'cancel-invitation': {
    in: { invitation: string; atMs: number };
    out: Outcome<{ window: string; change: Change }, 'invitation.unknown' | 'invitation.evaluated'>;
  };
  /** The connectors of this start, by the ids of the configuration. Others rest, with what they have. */
  'set-connectors': {
    in: { connectors: { id: string; kind: string }[] };
    out: { numbers: Record<string, number> };
  };
  /** Rows up to `upTo` become the connector's to deliver. */
  'take-outbox': { in: { connectorNo: number; upTo: number; atMs: number }; out: None };
  /** Before personal data is opened for somebody to read. `subject` is the case, or what else was asked for. */
  'record-look-up': {
    in: { subject: string; persons: string[]; by: string; reason: string; via: string; atMs: number };
    out: None;
  };
  /** Before the key of a person is destroyed. */
  'record-forgetting': { in: { person: string; by: string; reason: string; atMs: number }; out: None };
  /** Personal data goes somewhere again and again: recorded once, and when it changes. Empty when it ends. */
  'record-purpose': { in: { purpose: 'upstream'; to: string; atMs: number }; out: { change: Change } };
  /** A try begins: until it is answered nobody knows whether upstream has the record. */
  'begin-delivery': { in: { connectorNo: number; outbox: number }; out: None };
  'settle-delivery': {
    in: { connectorNo: number; outbox: number; result: DeliveryResult; atMs: number };
    out: None;
  };
  /** A person asks for refused, listed or skipped rows once more, or settles one another way. */
  'decide-delivery': {
    in: {
      decision: 'retried' | 'skipped';
      connector: string;
      outbox: number[];
      by: string;
      reason: string;
      atMs: number;
    };
    out: { changed: number[] };
  };
  'remember-answer': {
    in: { client: string; key: string; requestHash: string; status: number; answer: string; atMs: number };
    out: None;
  };
}

export interface CommandContext {
  database: Database.Database;
  facts: FactLog;
  meta: Meta;
  rules: HallRules;
  calendar: Calendar;
  received: Received;
  presses: StoredPresses;
  devices: KnownDevices;
  times: PressTimes;
  unlinked: Unlinked;
  catchUp: CatchUp;
  awaited: Awaited;
  ordinary: OrdinaryPresses;
}

export type Handler<N extends keyof Commands> = (input: Commands[N]['in']) => Commands[N]['out'];
export type Handlers = { [N in keyof Commands]: Handler<N> };
