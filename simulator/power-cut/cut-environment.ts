// The environment that loads the library which cuts the real interpreter's power.

export const CUT_POWER_SOURCE = new URL('./cut-power.c', import.meta.url);

export interface CutOptions {
  /** Write at which the power fails; none if missing. */
  at?: number;
  /** Bytes of it that arrive, and the bits of the next byte that keep their old value. */
  bytes?: number;
  mask?: number;
  /** File that gets the number of writes so far. */
  countFile?: string;
  /** How many times faster than real time the device's clock goes. */
  timeScale?: number;
}

export function cutEnvironment(library: string, cut: CutOptions): Record<string, string> {
  const values: Record<string, string | number | undefined> = {
    LD_PRELOAD: library,
    PJ_CUT_AT: cut.at,
    PJ_CUT_BYTES: cut.bytes,
    PJ_CUT_MASK: cut.mask,
    PJ_CUT_COUNT: cut.countFile,
    PJ_TIME_SCALE: cut.timeScale,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
