// Waits, at each start, for the evaluators known from earlier runs: a database file that was copied back, or a virtual
// machine's older snapshot, shows only in what they say at hello. Until then, or until the wait is over, neither the
// sweep nor upstream acts on their windows.
import { type Clock, type Log, StoreUnavailable, type Writer } from '../ports.ts';

/** Two times the longest pause between an evaluator's tries to connect. */
export const START_WAIT_MS = 120_000;
const TRY_AGAIN_MS = 1000;

export interface StartWaitParts {
  writer: Pick<Writer, 'submit'>;
  clock: Clock;
  log: Log;
  /** After so long a default goes upstream although an evaluator has not reported an empty journal. */
  defaultsHeldMs: number;
}

/** Resolves once the wait is on disk, or the database takes nothing, which holds all the others too. */
export async function beginRun(parts: StartWaitParts): Promise<() => void> {
  const { writer, clock, log, defaultsHeldMs } = parts;
  let cancel: () => void = () => undefined;
  let stopped = false;
  const attempt = async (name: string, run: () => Promise<void>): Promise<void> => {
    if (stopped) return;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof StoreUnavailable))
        log.error({ err: error }, `${name} failed; it is tried again.`);
      cancel = clock.after(TRY_AGAIN_MS, () => void attempt(name, run));
    }
  };
  const end = async () => {
    const { silent } = await writer.submit('end-start-wait', {});
    if (silent > 0)
      log.warn({ code: 'start.silent', evaluators: silent }, 'Evaluators did not come back after the start.');
  };
  const begin = async () => {
    const { awaited } = await writer.submit('begin-run', { atMs: clock.nowMs(), defaultsHeldMs });
    if (awaited === 0) return;
    log.info({ evaluators: awaited }, 'Terms and upstream wait for the evaluators of earlier runs.');
    cancel = clock.after(START_WAIT_MS, () => void attempt('The end of the wait', end));
  };
  await attempt('The beginning of the wait', begin);
  return () => {
    stopped = true;
    cancel();
  };
}
