// What the demo's server tells its page, and what the page may ask for. Types only: both sides import this file.
import type { Level } from '../../protocol/constants.ts';

export interface WindowView {
  id: string;
  label: string;
  device: string;
  staff: { name: string; badgeId: string } | null;
  /** Cases of the invitation at this window; several are a batch. */
  cases: { projectNo: string; taskName: string }[];
  /** People who have come and are not served yet; null where nobody queues. */
  waiting: number | null;
  screen: string;
  /** Bit level−1: the light of that key is on. */
  lights: number;
  /** The evaluator's own word for its connection. */
  link: string;
  /** The network switch of this evaluator. */
  linkOpen: boolean;
  /** Thanked for and not yet committed at the gateway. */
  unsent: number;
}

export interface EvaluationView {
  id: number;
  window: string;
  level: number;
  pressedAt: string | null;
  taskName: string;
  /** How many services the press is for. */
  services: number;
  upstream: 'waiting' | 'delivered' | 'refused';
}

export interface ReceivedView {
  projectNo: string;
  assessNumber: string;
  taskName: string;
  level: number;
  assessTime: string;
  /** Its term ended without an evaluation. */
  isDefault: boolean;
}

export interface CountersView {
  thanked: number;
  committed: number;
  forwarded: number;
  /** Service evaluations in the province's store: a batch has several. */
  received: number;
  refused: number;
}

export interface HallView {
  hall: string;
  engine: 'node' | 'espruino';
  windows: WindowView[];
  counters: CountersView;
  evaluations: EvaluationView[];
  received: ReceivedView[];
  gatewayRunning: boolean;
  provinceOpen: boolean;
  applicantsActing: boolean;
  /** After this no new card comes: the demo is draining. */
  closing: boolean;
}

/** Top row and base64 of heatshrink(RGB565 big-endian, 320×8). */
export type StripView = [y: number, data: string];

export type FeedEvent =
  | { type: 'hall'; hall: HallView }
  | { type: 'strips'; device: string; strips: StripView[] };

export type PageOrder =
  | { do: 'press'; device: string; level: Level }
  | { do: 'link'; device: string; open: boolean }
  | { do: 'province'; open: boolean }
  | { do: 'applicants'; acting: boolean };

/** What the page's server needs of the hall. */
export interface HallFeed {
  /** The whole state as events, for a page that has just opened. */
  replay(): FeedEvent[];
  /** Returns the unsubscriber. */
  subscribe(listener: (event: FeedEvent) => void): () => void;
  order(order: PageOrder): void;
}
