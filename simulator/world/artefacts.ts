// What a finished run of a simulated hall hands over to its checkers: real artefacts (flash images, the database
// file, the province's store) and the plain facts the world itself did or saw. Types only. Nothing here comes from a
// counter of the product's; every time of the world is true time, whatever a clock of the product's said.
import type { Level } from '../../protocol/constants.ts';

/** A choice of a person that the evaluator's screen thanked for. */
export interface ThankedPress {
  device: string;
  /** Sequence in its journal, as its console told with the thanks. */
  seq: number;
  /** The last key that was pressed before the thanks. */
  level: Level;
  /** Keys of this choice in their order; more than one where the person thought better of it. */
  keys: Level[];
  /** Of the card that was on the screen, 16 hexadecimal digits; NO_HANDLE without one. */
  invitation: string;
  /** When the last key was pressed, and when the screen thanked. True time. */
  pressedMs: number;
  thankedMs: number;
  /** Boots of the device so far, this one included. */
  boot: number;
}

export interface DeviceArtefact {
  id: string;
  window: string;
  /** Hexadecimal, 16 and 64 digits. */
  handle: string;
  key: string;
  gen: number;
  /** The whole chip as it was left, powered off. */
  flash: Uint8Array;
  pageBytes: number;
  journal: { offset: number; bytes: number };
  identity: { offset: number; bytes: number };
}

interface At {
  /** True time of the gateway's answer. */
  atMs: number;
  /** The gateway's own clock then. */
  gatewayMs: number;
  /** The database was put back to an older copy afterwards and does not know of it. */
  lost: boolean;
}

export interface ServiceOfCase {
  projectNo: string;
  assessNumber: number;
}

/** What window systems and people did and the gateway confirmed, in the order of the answers. */
export type WorldFact = At &
  (
    | { kind: 'case'; projectNo: string; taskName: string }
    | {
        kind: 'service';
        projectNo: string;
        assessNumber: number;
        window: string;
        badgeId: string;
        servedMs: number;
      }
    | { kind: 'completion'; projectNo: string; completedMs: number }
    | { kind: 'withdrawal'; projectNo: string }
    /** More than one service is a batch. A new invitation at a window replaces the open one. */
    | {
        kind: 'invitation';
        invitation: string;
        window: string;
        device: string;
        services: ServiceOfCase[];
        termSeconds: number;
      }
    | { kind: 'cancellation'; invitation: string }
    /** After an appeal: the record of this device and sequence counts no more. */
    | { kind: 'exclusion'; device: string; seq: number }
    | { kind: 'sign-in'; window: string; badgeId: string | null; paused: boolean }
  );

/** A stretch of true time in which something was broken. */
export interface FaultSpan {
  /** Such as `gateway-killed`, `clock-jump`, `older-copy`; those of `simulator/faults/plan.ts`. */
  kind: string;
  fromMs: number;
  untilMs: number;
  /** Of the fault, for a person to read. */
  detail: string;
}

export interface RunArtefacts {
  seed: number;
  hall: string;
  /** The gateway's folder, closed: pingjia.sqlite with its write-ahead log, if there is one. */
  dataFolder: string;
  /** The database file in it. */
  databaseFile: string;
  masterKeyFile: string;
  /** The province's own SQLite file (`simulator/province/store.ts`), closed. */
  provinceFile: string;
  devices: DeviceArtefact[];
  thanked: ThankedPress[];
  facts: WorldFact[];
  faults: FaultSpan[];
  rules: {
    termDays: number;
    termKind: 'working' | 'natural';
    termStart: 'next-day' | 'same-day';
    defaultLevel: number;
    defaultSendAfterDays: number;
    /** Days that differ from the State Council's arrangement. */
    calendarOverrides: { date: string; working: boolean }[];
  };
  unlinkedPresses: boolean;
  /** True time. */
  beganMs: number;
  endedMs: number;
  /** The gateway's clock at the end. */
  gatewayEndedMs: number;
  /**
   * How far the gateway's clock was ahead of true time, from each of these moments on; drift makes many. A press is
   * dated with the clock that the gateway gave the evaluator.
   */
  clockOffsets: { atMs: number; aheadMs: number }[];
  /** Each time the database was put back to an older copy of itself. True times of the copy and of putting it back. */
  restores: { copiedMs: number; restoredMs: number }[];
  /** Evaluators whose flash was lost or replaced during the run: what they had not delivered is gone. */
  lostDevices: string[];
  /** Raw flash that was erased and put into service under the same identity, against the rules: true times. */
  reflashed?: { device: string; atMs: number }[];
  /** Records of which flash lost bits after they were written. */
  rotted?: { device: string; seq: number }[];
  /** Evaluators of which somebody sent records once more with a bit of the signature changed. */
  garbled?: string[];
  /** The gateway took connections that repeat what another evaluator had said. */
  replaysAccepted?: { device: string; atMs: number }[];
  /** True times at which the gateway's process started. */
  gatewayStarts?: number[];
  /** And at which it ended, in order or not. */
  gatewayEnds?: number[];
  /** The second phase reached its end: every journal and every backlog was empty. */
  settled: boolean;
}

/** A broken invariant. */
export interface Finding {
  /** Number of the invariant in the design: 1 to 7. */
  invariant: number;
  /** One sentence with the ids that matter. */
  what: string;
  /** True time at which it happened, if that can be told. */
  atMs?: number;
}

/** One per invariant or part of one: `simulator/checkers/<name>.ts` exports it. Reads, changes nothing. */
export interface Checker {
  name: string;
  check(run: RunArtefacts): Finding[];
}
