// The interfaces between the parts of the firmware: identity, journal, link, evaluator. Pure types.

import type { Level, UpKind } from '../protocol/constants.ts';
import type { SessionNumbers } from './crypto/device-crypto.ts';
import type { View, ViewBand } from './screen/view.ts';

/** An image as it came, but for the base64: as bytes it takes half the memory, and it is kept packed until drawn. */
export interface Image {
  w: number;
  h: number;
  /** The heatshrink stream, one character a byte. */
  d: string;
}

/** What provisioning put into raw flash. Keys and handles as bytes, ids as text. */
export interface Identity {
  hall: string;
  device: string;
  handle: Uint8Array;
  key: Uint8Array;
  gen: number;
  /** The key before a rekey, for the records that bear its generation. */
  previous?: { key: Uint8Array; gen: number };
}

/** A record as the journal keeps it; 56 bytes in flash. Handles are 8 bytes. */
export interface JournalRecord {
  seq: number;
  kind: number;
  boot: number;
  uptimeMs: number;
  wallMs: number;
  level: Level;
  reasons: number[];
  invitation: Uint8Array;
  staff: Uint8Array;
  flags: number;
  gen: number;
}

export type NewRecord = Omit<JournalRecord, 'seq'>;

export type AppendResult = { ok: true; seq: number } | { ok: false; code: 'journal.full' | 'journal.flash' };

/** Numbers of the journal's state, for hello and health. */
export interface JournalState {
  acked: number;
  oldest: number;
  next: number;
  unsent: number;
  capacity: number;
  missing: [number, number][];
  flashErrors: number;
}

export interface Journal {
  state(): JournalState;
  /** Returns only after the record was written and read back. */
  append(record: NewRecord): AppendResult;
  /** Frees every record up to `seq`. Beyond the newest it frees nothing. */
  acknowledge(seq: number): void;
  /** The first kept record with a sequence of at least `seq`, acknowledged or not. */
  firstFrom(seq: number): JournalRecord | undefined;
}

export interface ShownCard {
  invitation: string;
  staff: string;
  termSeconds: number;
  matter: Image;
  who: Image;
}

export interface DeskState {
  staff: string;
  paused: boolean;
  unlinked: boolean;
  place: Image;
  who: Image | undefined;
  photo: Image | undefined;
}

/** Reasons that may be given for the press with this sequence; the first is key 5's. */
export interface ReasonsOffer {
  seq: number;
  options: { code: number; label: Image }[];
  /** The page; it is in memory as long as the offer is. */
  layout(view: View): ViewBand[];
}

/** Takes the place of the screen at rest while the set-up page is open; its code is in memory as long as it is. */
export interface SetupPage {
  layout(view: View): ViewBand[];
}

/** Why the device is not online, for the screen. */
export type LinkState =
  | 'no-link'
  | 'no-wifi'
  | 'wifi-password'
  | 'no-gateway'
  | 'refused'
  | 'connecting'
  | 'online';

/** What the link tells the evaluator. */
export interface LinkListener {
  onState(state: LinkState): void;
  onCard(card: ShownCard): void;
  onDesk(desk: DeskState): void;
  /** NO_HANDLE: whatever card is shown. */
  onCancel(invitation: string): void;
  /** The gateway orders a restart; it waits until no press is unwritten. */
  onReboot(): void;
}

export interface Link {
  start(): void;
  state(): LinkState;
  /** A record was appended. */
  recordAppended(): void;
  /** Milliseconds since 1970-01-01 UTC, 0 while unknown. */
  wallMs(): number;
  /** False when nothing can be sent now. */
  send(kind: UpKind, message: Record<string, unknown>): boolean;
  /** Of the session that is open. */
  numbers(): SessionNumbers | undefined;
}
