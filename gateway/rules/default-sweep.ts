// Ends terms: at the moment a term ends, and at start for those that ended while the gateway was down. Works in
// bounded batches beside intake, does nothing while the clock is in doubt, and lets defaults go upstream.
import { mark } from '../marks.ts';
import { type Clock, type Log, StoreUnavailable, type Writer } from '../ports.ts';
import type { Commands } from '../store/commands/commands.ts';
import type { Reader, RunningTerm } from '../store/reader.ts';
import type { CalendarWatch } from './calendar-watch.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { EmptyJournals } from './empty-journals.ts';

/** Intake waits for no more than two transactions of the sweep: batches grow and shrink towards this length. */
const BATCH_GOAL_MS = 7;
const BATCH_MIN_SERVICES = 64;
const BATCH_LIMIT_SERVICES = 384;
/** Cases whose term follows new rules in one transaction. */
const MOVE_LIMIT_CASES = 100;
/** Held defaults looked at in one transaction. */
const RELEASE_LIMIT_ROWS = 500;
/** Unlinked presses looked at in one transaction. */
const MATCH_LIMIT_PRESSES = 100;
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

type SettledDue = Commands['settle-due']['out'];

export function makeDefaultSweep(parts: DefaultSweepParts): DefaultSweep {
  const { writer, reader, clock, clockWatch, log } = parts;
  let rulesFollowed = false;
  let stopping = false;
  let cancelTimer: () => void = () => undefined;
  let underWay: Promise<void> = Promise.resolve();
  const mayAct = async () => {
    if (stopping) return false;
    const isBelieved = await clockWatch.believed();
    if (!isBelieved) mark('sweep.clock-held');
    return isBelieved;
  };

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
    // First: what is matched is not defaulted.
    await matchUnlinked();
    const nextDueMs = await endTerms();
    await releaseDefaults();
    return nextDueMs;
  }

  /** Terms that run follow rules and calendar of this start, before any of them is ended. */
  async function followRules(): Promise<boolean> {
    if (!(await mayAct())) return false;
    const { changed } = await writer.submit('begin-rules', { atMs: clock.nowMs() });
    if (!changed) return true;
    // A term that moves to behind the page is met again and stays; every page goes on from the one before.
    let after: RunningTerm | undefined;
    do {
      if (!(await mayAct())) return false;
      const nowMs = clock.nowMs();
      const page = reader.casesWithRunningTerm({ nowMs, after, limit: MOVE_LIMIT_CASES });
      after = page.at(-1);
      if (after) await writer.submit('move-terms', { projectNos: page.map(projectNoOf), nowMs });
    } while (after);
    await writer.submit('finish-rules', {});
    return true;
  }

  /** Every batch takes what it looked at off the list or goes past it, so this ends. */
  async function endTerms(): Promise<number | undefined> {
    let defaulted = 0;
    let nextDueMs: number | undefined;
    let limit = BATCH_MIN_SERVICES;
    let answeredMs = clock.monotonicMs();
    let batch = await giveBatch({ limit, after: undefined });
    let wasFull = false;
    while (batch) {
      // A further one waits at the writer meanwhile, so that it need not wait for this side.
      const ahead = wasFull ? await giveBatch({ limit, after: undefined }) : undefined;
      const done = await batch.done;
      if (done instanceof Error) {
        await ahead?.done;
        throw done;
      }
      const nowMs = clock.monotonicMs();
      const tookMs = nowMs - Math.max(batch.givenMs, answeredMs);
      answeredMs = nowMs;
      limit = nextLimit(limit, tookMs);
      defaulted += done.defaulted;
      nextDueMs = done.nextDueMs;
      const { after } = done;
      wasFull = after === undefined && done.looked === batch.limit;
      const isLast = after === undefined && (nextDueMs === undefined || nextDueMs > batch.nowMs);
      batch = ahead ?? (isLast ? undefined : await giveBatch({ limit, after }));
    }
    if (defaulted > 0) log.info({ defaulted }, 'Terms ended without an evaluation.');
    return nextDueMs;
  }

  /** Undefined when it may not act. `done` does not reject. */
  async function giveBatch({ limit, after }: { limit: number; after: SettledDue['after'] }) {
    if (!(await mayAct())) return undefined;
    const nowMs = clock.nowMs();
    const done = writer
      .submit('settle-due', { nowMs, limit, after })
      .catch((error: Error) => error) as Promise<SettledDue | Error>;
    return { nowMs, limit, givenMs: clock.monotonicMs(), done };
  }

  async function matchUnlinked(): Promise<void> {
    let afterId: number | undefined = 0;
    let matched = 0;
    const emptyAtMs = parts.emptyJournals();
    while (afterId !== undefined && (await mayAct())) {
      const page: Commands['match-unlinked']['out'] = await writer.submit('match-unlinked', {
        nowMs: clock.nowMs(),
        emptyAtMs,
        afterId,
        limit: MATCH_LIMIT_PRESSES,
      });
      matched += page.matched;
      afterId = page.lastId;
    }
    if (matched > 0) log.info({ matched }, 'Unlinked presses found their service.');
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

const projectNoOf = ({ projectNo }: RunningTerm) => projectNo;

/** Towards the goal, sooner down than up: the first batches run code that is not compiled yet. */
function nextLimit(limit: number, tookMs: number): number {
  const factor = Math.min(1.25, Math.max(0.5, BATCH_GOAL_MS / Math.max(tookMs, 0.1)));
  return Math.min(BATCH_LIMIT_SERVICES, Math.max(BATCH_MIN_SERVICES, Math.round(limit * factor)));
}
