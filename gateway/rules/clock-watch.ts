// Says whether the wall clock may be acted on. A doubt is written down and stays, over restarts too, until a person
// confirms the clock (`pingjia clock confirm`).
import { type ClockDoubt, type ClockReading, doubtAtStart, doubtWhileRunning } from '../core/clock-doubt.ts';
import type { Clock, Counters, Log, Writer } from '../ports.ts';
import type { Reader } from '../store/reader.ts';

export interface ClockWatchParts {
  writer: Pick<Writer, 'submit'>;
  reader: Pick<Reader, 'clockHold' | 'newestFactMs'>;
  clock: Clock;
  counters: Counters;
  log: Log;
}

export interface ClockWatch {
  /** Rejects with StoreUnavailable when a new doubt could not be written down; the doubt stays then. */
  believed(): Promise<boolean>;
}

/** Make it before anything of this start is stored: it compares the clock with the newest fact of the last run. */
export function makeClockWatch({ writer, reader, clock, counters, log }: ClockWatchParts): ClockWatch {
  const read = (): ClockReading => ({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });
  let believedAt = read();
  let held = reader.clockHold() !== undefined;
  let startDoubt = held ? undefined : doubtAtStart(believedAt.wallMs, reader.newestFactMs());
  if (held) alarm('already held');

  function alarm(reason: string) {
    counters.count('clock.held');
    log.error(
      { code: 'clock.held', reason },
      'The clock is in doubt: no default is set until `pingjia clock confirm`.',
    );
  }

  async function hold(reason: ClockDoubt, atMs: number): Promise<void> {
    await writer.submit('hold-clock', { reason, atMs });
    held = true;
    startDoubt = undefined;
    alarm(reason);
  }

  return {
    async believed() {
      if (held) {
        if (reader.clockHold() !== undefined) return false;
        held = false;
        believedAt = read();
        log.info({ code: 'clock.confirmed' }, 'The clock was confirmed.');
      }
      const now = read();
      const newestFactMs = reader.newestFactMs();
      const doubt = startDoubt ?? doubtWhileRunning(now, believedAt, newestFactMs);
      if (doubt !== undefined) {
        await hold(doubt, now.wallMs);
        return false;
      }
      return newestFactMs === undefined || now.wallMs >= newestFactMs;
    },
  };
}
