// Ends terms: at the moment a term ends, and at start for those that ended while the gateway was down. Works in
// bounded batches beside intake, does nothing while the clock is in doubt, and lets defaults go upstream.
import { type Clock, type Log, StoreUnavailable, type Writer } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import type { Reader } from '../store/reader.ts';
import type { CalendarWatch } from './calendar-watch.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { EmptyJournals } from './empty-journals.ts';

/** Services of one transaction: intake waits for no more than these. */
const BATCH_LIMIT_SERVICES = 200;
/** Held defaults looked at in one transaction. */
const RELEASE_LIMIT_ROWS = 500;
/** Longest sleep: clock, calendar and held defaults are looked at this often. */
export const SWEEP_EVERY_MS = 60_000;

export interface DefaultSweepParts {
  writer: Pick<Writer, 'submit'>;
  reader: Pick<Reader, 'casesWithRunningTerm'>;
  clock: Clock;
  clockWatch: ClockWatch;
  calendarWatch: CalendarWatch;
  emptyJournals: () => EmptyJournals;
  /** A default held longer goes upstream whatever the evaluators say. */
  heldLimitMs: number;
  log: Log;
}

export interface DefaultSweep {
  start(): void;
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
}

export function makeDefaultSweep(parts: DefaultSweepParts): DefaultSweep {
  const { writer, reader, clock, clockWatch, log } = parts;
  let rulesFollowed = false;
  let stopping = false;
  let cancelTimer: () => void = () => undefined;
  let underWay: Promise<void> = Promise.resolve();
  const mayAct = async () => !stopping && (await clockWatch.believed());

  function wake(): void {
    underWay = sweep().then(
      (nextDueMs) => schedule(nextDueMs),
      (error: unknown) => {
        if (error instanceof StoreUnavailable)
          log.warn({ code: error.code }, 'The sweep waits for the database.');
        else log.error({ err: error }, 'The sweep failed and is tried again.');
        schedule(undefined);
      },
    );
  }

  function schedule(nextDueMs: number | undefined): void {
    if (stopping) return;
    const untilDueMs = nextDueMs === undefined ? SWEEP_EVERY_MS : nextDueMs - clock.nowMs();
    cancelTimer = clock.after(Math.min(SWEEP_EVERY_MS, Math.max(1, untilDueMs)), wake);
  }

  async function sweep(): Promise<number | undefined> {
    parts.calendarWatch.look();
    if (!rulesFollowed) rulesFollowed = await followRules();
    if (!rulesFollowed) return undefined;
    const nextDueMs = await endTerms();
    await releaseDefaults();
    return nextDueMs;
  }

  /** Terms that run follow rules and calendar of this start, before any of them is ended. */
  async function followRules(): Promise<boolean> {
    if (!(await mayAct())) return false;
    const { changed } = await writer.submit('begin-rules', { atMs: clock.nowMs() });
    if (!changed) return true;
    const cases = reader.casesWithRunningTerm(clock.nowMs());
    for (let from = 0; from < cases.length; from += BATCH_LIMIT_SERVICES) {
      if (!(await mayAct())) return false;
      const projectNos = cases.slice(from, from + BATCH_LIMIT_SERVICES);
      await writer.submit('move-terms', { projectNos, nowMs: clock.nowMs() });
    }
    await writer.submit('finish-rules', {});
    return true;
  }

  /** Every batch takes what it looked at off the list or goes past it, so this ends. */
  async function endTerms(): Promise<number | undefined> {
    let defaulted = 0;
    let nextDueMs: number | undefined;
    let after: Commands['settle-due']['out']['after'];
    while (await mayAct()) {
      const nowMs = clock.nowMs();
      const done: Commands['settle-due']['out'] = await writer.submit('settle-due', {
        nowMs,
        limit: BATCH_LIMIT_SERVICES,
        after,
      });
      defaulted += done.defaulted;
      nextDueMs = done.nextDueMs;
      after = done.after;
      if (after !== undefined) continue;
      if (nextDueMs === undefined || nextDueMs > nowMs) break;
    }
    if (defaulted > 0) log.info({ defaulted }, 'Terms ended without an evaluation.');
    return nextDueMs;
  }

  async function releaseDefaults(): Promise<void> {
    let afterId: number | undefined = 0;
    const emptyAtMs = parts.emptyJournals();
    while (afterId !== undefined && (await mayAct())) {
      const nowMs = clock.nowMs();
      const page: Commands['release-defaults']['out'] = await writer.submit('release-defaults', {
        nowMs,
        heldLimitMs: parts.heldLimitMs,
        emptyAtMs,
        afterId,
        limit: RELEASE_LIMIT_ROWS,
      });
      afterId = page.lastId;
    }
  }

  return {
    start: wake,
    async stop() {
      stopping = true;
      cancelTimer();
      await underWay;
    },
  };
}
