// When a press was made, from what its record says and from its neighbours in the journal. Pure: the same for every
// order in which records arrive.
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';

export interface PressTimes {
  wall: number;
  uptime: number;
  flags: number;
}

export interface Arrival {
  /** Fixed at the first commit. */
  receivedMs: number;
  /** When the boot of the record began, if a hello of that boot told. */
  bootStartedMs: number | undefined;
}

/** Why the clock of the evaluator was not believed. */
export type TimeDoubt = 'future' | 'before-boot';

/** Undated: neither clock nor boot tells, only the neighbours do. */
export type PressDate =
  | { kind: 'dated'; atMs: number; doubt: TimeDoubt | undefined }
  | { kind: 'undated'; doubt: TimeDoubt | undefined };

/** The evaluator's clock may differ from the gateway's by this much. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** The device's clock if it had been set and can be right, else boot and uptime; never later than arrival. */
export function dateOfPress(press: PressTimes, { receivedMs, bootStartedMs }: Arrival): PressDate {
  const hasClock = (press.flags & FLAG_CLOCK_SET) !== 0 && press.wall > 0;
  const doubt = hasClock ? doubtOf(press.wall, { receivedMs, bootStartedMs }) : undefined;
  const toldMs =
    hasClock && doubt === undefined
      ? press.wall
      : bootStartedMs === undefined
        ? undefined
        : bootStartedMs + press.uptime;
  if (toldMs === undefined) return { kind: 'undated', doubt };
  return { kind: 'dated', atMs: Math.min(toldMs, receivedMs), doubt };
}

function doubtOf(wallMs: number, { receivedMs, bootStartedMs }: Arrival): TimeDoubt | undefined {
  if (wallMs > receivedMs + CLOCK_TOLERANCE_MS) return 'future';
  if (bootStartedMs !== undefined && wallMs < bootStartedMs - CLOCK_TOLERANCE_MS) return 'before-boot';
  return undefined;
}

/** A dated record of the same journal. */
export interface DatedRecord {
  seq: number;
  boot: number;
  uptime: number;
  atMs: number;
}

export interface UndatedPress {
  seq: number;
  boot: number;
  uptime: number;
  /** It was not made before: its invitation was not there yet, or the evaluator not registered. */
  floorMs: number;
  receivedMs: number;
}

/** The nearest dated records by sequence, as far as they have arrived. */
export interface Neighbours {
  before: DatedRecord | undefined;
  after: DatedRecord | undefined;
}

/** The press was made in it; one that may have been made in time counts as made at its start. */
export interface Interval {
  fromMs: number;
  untilMs: number;
}

/** What is known once `seen` has arrived too. */
export function withNeighbour(known: Neighbours, seen: DatedRecord, press: { seq: number }): Neighbours {
  if (seen.seq < press.seq)
    return known.before && known.before.seq >= seen.seq ? known : { ...known, before: seen };
  return known.after && known.after.seq <= seen.seq ? known : { ...known, after: seen };
}

/** A neighbour of the same boot tells the moment: uptime counts on between them. */
export function intervalOf(press: UndatedPress, { before, after }: Neighbours): Interval {
  const sameBoot = [before, after].find((record) => record?.boot === press.boot);
  if (sameBoot) {
    const atMs = Math.min(sameBoot.atMs + press.uptime - sameBoot.uptime, press.receivedMs);
    return { fromMs: atMs, untilMs: atMs };
  }
  const fromMs = Math.min(Math.max(press.floorMs, before?.atMs ?? press.floorMs), press.receivedMs);
  const untilMs = Math.max(fromMs, Math.min(press.receivedMs, after?.atMs ?? press.receivedMs));
  return { fromMs, untilMs };
}
