// The outages of a run that ends by itself, arranged so that each has a press in it: one evaluator's cable is
// cut while its card is on the screen, and the province is cut off; each for at least 8 s in a run long enough.
import type { WorldClock } from '../ports.ts';
import { delay } from '../window-system/delay.ts';

export interface OutageScriptOptions {
  runSeconds: number;
  clock: WorldClock;
  signal: AbortSignal;
  /** Resolves with true when a card is on the screen of the evaluator whose cable will be cut, false if none comes. */
  cardShown: () => Promise<boolean>;
  setDeviceLink: (open: boolean) => void;
  setProvinceLink: (open: boolean) => Promise<void>;
  /** Presses thanked for so far: of the cut evaluator, and of all. */
  thanked: () => { device: number; all: number };
}

export interface OutageResult {
  deviceCutSeconds: number;
  upstreamCutSeconds: number;
  pressesDuringDeviceCut: number;
  pressesDuringUpstreamCut: number;
}

const OUTAGE_MS = 8500;
/** A short run has short outages: this share of it. */
const OUTAGE_SHARE = 0.25;
const DEVICE_CUT_SHARE = 0.15;
const UPSTREAM_CUT_SHARE = 0.45;
/** An outage waits this much longer for its press. */
const PRESS_WAIT_LIMIT_MS = 8000;
const POLL_MS = 50;

const NO_OUTAGE = { seconds: 0, during: 0 };

export async function runOutageScript(options: OutageScriptOptions): Promise<OutageResult> {
  const runMs = options.runSeconds * 1000;
  const outageMs = Math.min(OUTAGE_MS, runMs * OUTAGE_SHARE);
  const outage = async (
    cut: () => Promise<void> | void,
    restore: () => Promise<void> | void,
    presses: () => number,
  ) => {
    const before = presses();
    await cut();
    const startMs = options.clock.monotonicMs();
    const elapsedMs = () => options.clock.monotonicMs() - startMs;
    await delay(options.clock, outageMs, options.signal);
    while (presses() === before && elapsedMs() < outageMs + PRESS_WAIT_LIMIT_MS && !options.signal.aborted)
      await delay(options.clock, POLL_MS, options.signal);
    const seconds = Math.round(elapsedMs() / 100) / 10;
    const during = presses() - before;
    await restore();
    return { seconds, during };
  };
  const deviceOutage = async () => {
    await delay(options.clock, runMs * DEVICE_CUT_SHARE, options.signal);
    if (!(await options.cardShown())) return NO_OUTAGE;
    return outage(
      () => options.setDeviceLink(false),
      () => options.setDeviceLink(true),
      () => options.thanked().device,
    );
  };
  const upstreamOutage = async () => {
    await delay(options.clock, runMs * UPSTREAM_CUT_SHARE, options.signal);
    return outage(
      () => options.setProvinceLink(false),
      () => options.setProvinceLink(true),
      () => options.thanked().all,
    );
  };
  const [device, upstream] = await Promise.all([deviceOutage(), upstreamOutage()]);
  return {
    deviceCutSeconds: device.seconds,
    upstreamCutSeconds: upstream.seconds,
    pressesDuringDeviceCut: device.during,
    pressesDuringUpstreamCut: upstream.during,
  };
}
