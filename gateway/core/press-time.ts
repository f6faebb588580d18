// When a press was made, from what its record says. Pure.
import { FLAG_CLOCK_SET } from '../../protocol/constants.ts';

export interface PressTimes {
  wall: number;
  uptime: number;
  flags: number;
}

export interface Arrival {
  receivedMs: number;
  /** When the boot of the record began, if a hello of that boot told. */
  bootStartedMs: number | undefined;
}

/** The device's clock if it had been set, else boot and uptime, else arrival; never later than arrival. */
export function pressedMsOf(press: PressTimes, arrival: Arrival): number {
  const told =
    press.flags & FLAG_CLOCK_SET && press.wall > 0
      ? press.wall
      : arrival.bootStartedMs === undefined
        ? arrival.receivedMs
        : arrival.bootStartedMs + press.uptime;
  return Math.min(told, arrival.receivedMs);
}
