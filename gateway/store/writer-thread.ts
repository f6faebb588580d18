// The thread that owns the writing connection. Whatever arrived while a commit ran goes into the next one.
// In: {id, name, input}; out: lists of {id, result} after their commit, or {id, unavailable} when it failed.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { realClock } from '../real-clock.ts';
import { makeCheckpoints } from './checkpoints.ts';
import type { Commands } from './commands/commands.ts';
import { countPacked, firstIdOf, packedAnswer, recordsIn, unpackRecord } from './packed-records.ts';
import { makePatience } from './patience.ts';
import { makeRecovery } from './recovery.ts';
import {
  CommitFailed,
  DatabaseBusy,
  type Job,
  type JobResult,
  openStore,
  type Store,
  type StoreOptions,
} from './store.ts';

/** Jobs of one transaction; the rest waits for the next. */
const BATCH_LIMIT_JOBS = 2000;
/** Transactions, before checkpoints and timers get their turn. */
const TURNS_IN_A_ROW = 8;
/** Attempts to get the lock that another program holds before those who wait are told to come again. */
const BUSY_LIMIT_TRIES = 6;

/** A command, or a run of packed records. */
export type Requests = (Job & { id: number }) | Uint8Array;
/** For records packed too, unless one of them made no sense: then one by one. */
export type Reply =
  | { id: number; result: JobResult }
  | Uint8Array
  | { firstId: number; outs: JobResult[] }
  | (({ id: number } | { firstId: number }) & { unavailable: string });
export type ThreadMessage =
  /** One reply that is bytes, which is the rule, goes without anything around it. */
  | Uint8Array
  | { started: true }
  | { failed: { code: string; message: string } }
  | { replies: Reply[] }
  | { alarm: string }
  /** Another program holds the database; it is tried again. */
  | { busy: true }
  /** Every other connection of the process is to be closed now, and that to be told. */
  | { recovering: true }
  /** They may be opened again; with a reason, the next try follows. */
  | { recovered: true; reason?: string };
/** One run alone, as is the rule, goes without a list around it. */
export type Order = Uint8Array | Requests[] | 'readers-closed' | 'stop';

const { port, ...options } = workerData as StoreOptions & { port: MessagePort };
const post = (message: ThreadMessage) => port.postMessage(message);
const receive = (): Order | undefined => receiveMessageOnPort(port)?.message;

try {
  serve(openStore({ ...options, checkpointsElsewhere: true }));
  post({ started: true });
} catch (error) {
  post({
    failed: {
      code: String((error as { code?: string }).code ?? 'store.failed'),
      message: (error as Error).message,
    },
  });
  port.close();
}

function serve(store: Store): void {
  let stopped = false;
  let onReadersClosed: (() => void) | undefined;
  const mayTouch = () => recovery.broken() === undefined && !stopped;
  const checkpoints = makeCheckpoints({
    dataFolder: options.dataFolder,
    logPages: () => (mayTouch() ? store.logPages() : undefined),
    restartLog() {
      if (!mayTouch()) return;
      try {
        store.restartLog();
      } catch (error) {
        recovery.begin(error as Error);
      }
    },
    onCaughtUp: () => void setImmediate(take, undefined),
  });
  const recovery = makeRecovery({
    store,
    onFailed: (reason) => post({ alarm: reason }),
    async closeOthers() {
      await checkpoints.close();
      await new Promise<void>((resolve) => {
        onReadersClosed = resolve;
        post({ recovering: true });
      });
    },
    onTried: (reason) => post({ recovered: true, ...(reason !== undefined && { reason }) }),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });

  const unavailable = (requests: Requests[], reason: string) =>
    post({
      replies: requests.map((request) => ({
        ...(isRun(request) ? { firstId: firstIdOf(request) } : { id: request.id }),
        unavailable: reason,
      })),
    });

  const applyOrWait = (jobs: Job[], later?: () => Job[]): JobResult[] => {
    for (let tries = 1; ; tries += 1)
      try {
        return store.apply(jobs, later);
      } catch (error) {
        if (tries === 1 && error instanceof DatabaseBusy) post({ busy: true });
        if (tries === BUSY_LIMIT_TRIES || !(error instanceof DatabaseBusy)) throw error;
      }
  };
  /** `later` is asked for further requests before the COMMIT, which are added to them. */
  const apply = (requests: Requests[], later?: () => Requests[]) => {
    const broken = recovery.broken();
    if (broken !== undefined) return unavailable(requests, broken);
    try {
      const works = worksOf(requests);
      const addLater =
        later &&
        (() => {
          const late = later();
          requests.push(...late);
          const added = worksOf(late);
          works.push(...added);
          return added.map(({ job }) => job);
        });
      const results = applyOrWait(
        works.map(({ job }) => job),
        addLater,
      );
      const apart = works.map(({ runs, job }, index) =>
        runs && !results[index]!.ok ? applyOrWait(eachOf(job.input.records)) : undefined,
      );
      const replies: Reply[] = [];
      for (const [index, work] of works.entries())
        replies.push(...repliesTo(work, results[index]!, apart[index]));
      const [first] = replies;
      post(replies.length === 1 && first instanceof Uint8Array ? first : { replies });
      checkpoints.committed(requests.reduce((sum, request) => sum + countOf(request), 0));
    } catch (error) {
      const isBusy = error instanceof DatabaseBusy;
      if (!isBusy && !(error instanceof CommitFailed)) throw error;
      unavailable(requests, error.message);
      if (!isBusy) recovery.begin(error);
    }
  };

  const stop = async () => {
    stopped = true;
    recovery.stop();
    await checkpoints.close();
    store.close();
    port.close();
  };

  /** Patient commands that came with another one, or while it ran. */
  let kept: Requests[] = [];

  /** Adds what waits at the port, `first` before it; returns an order that is no request, after which nothing is taken. */
  const collect = (into: Requests[], first: Order | undefined): Order | undefined => {
    let jobs = 0;
    let next = first ?? receive();
    while (next instanceof Uint8Array || Array.isArray(next)) {
      for (const request of next instanceof Uint8Array ? [next] : next) {
        into.push(request);
        jobs += countOf(request);
      }
      next = jobs < BATCH_LIMIT_JOBS ? receive() : undefined;
    }
    return next;
  };

  const patience = makePatience();
  const timed = (transaction: () => void) => {
    const beganMs = realClock.monotonicMs();
    transaction();
    patience.took(realClock.monotonicMs() - beganMs);
  };

  /** One transaction. Returns an order that came behind what it took. */
  const turn = (first: Order | undefined): Order | undefined => {
    const requests = kept;
    kept = [];
    let order = collect(requests, first);
    const patient = requests.find(isPatient);
    if (!patient) {
      if (requests.length > 0) timed(() => apply(requests));
      return order;
    }
    kept = requests.filter((request) => isPatient(request) && request !== patient);
    const prompt = requests.filter((request) => !isPatient(request));
    const hasToWait = order !== 'stop' && checkpoints.isBehind();
    if (hasToWait || patience.givesWay(prompt.length)) {
      kept.unshift(patient);
      if (prompt.length > 0) timed(() => apply(prompt));
      return order;
    }
    const later = () => {
      if (order !== undefined) return [];
      const late: Requests[] = [];
      order = collect(late, undefined);
      kept.push(...late.filter(isPatient));
      return late.filter((request) => !isPatient(request));
    };
    timed(() => apply([...prompt, patient], later));
    return order;
  };

  const take = (first: Order | undefined) => {
    if (stopped) return;
    let order = turn(first);
    // What came while it ran is there: to wait for its message takes longer than to take it.
    for (let more = TURNS_IN_A_ROW - 1; more > 0 && order === undefined && kept.length === 0; more -= 1) {
      const next = receive();
      if (next === undefined) break;
      order = turn(next);
    }
    if (order === 'readers-closed') onReadersClosed?.();
    if (order === 'stop') {
      while (kept.length > 0) turn(order);
      void stop();
    } else if (kept.length > 0 && !checkpoints.isBehind())
      // Not at once: checkpoints and timers get their turn too.
      setImmediate(take, undefined);
  };
  port.on('message', take);
}

/**
 * Commands that change much at once, in bounded parts, and that nobody waits for. Each transaction has one of them at
 * most, and whoever came before its COMMIT is in it: a commit for each would take longer than waiting for the other.
 */
const PATIENT: readonly string[] = [
  'settle-due',
  'match-unlinked',
  'release-defaults',
  'move-terms',
] satisfies (keyof Commands)[];

function isPatient(request: Requests): boolean {
  return !isRun(request) && PATIENT.includes(request.name);
}

function isRun(request: Requests): request is Uint8Array {
  return request instanceof Uint8Array;
}

function countOf(request: Requests): number {
  return isRun(request) ? countPacked(recordsIn(request)) : 1;
}

/** What is wrong with one record of a run is no other's: nothing of it is stored yet, each is taken by itself. */
function eachOf(records: Uint8Array): Job[] {
  const bytes = Buffer.from(records.buffer, records.byteOffset, records.length);
  return Array.from({ length: countPacked(records) }, (_, index) => ({
    name: 'store-evaluation',
    input: unpackRecord(bytes, index),
  }));
}

interface CommandWork {
  job: Job & { id: number };
  runs?: undefined;
}
interface RecordsWork {
  job: { name: 'store-records'; input: { records: Uint8Array } };
  runs: Uint8Array[];
}

/** Runs that follow each other are taken as one: what is read and written for many records costs less for each. */
function worksOf(requests: readonly Requests[]): (CommandWork | RecordsWork)[] {
  const works: (CommandWork | { runs: Uint8Array[] })[] = [];
  for (const request of requests) {
    const last = works.at(-1);
    if (!isRun(request)) works.push({ job: request });
    else if (last?.runs) last.runs.push(request);
    else works.push({ runs: [request] });
  }
  return works.map((work) => {
    if (!work.runs) return work;
    const { runs } = work;
    const records = runs.length === 1 ? recordsIn(runs[0]!) : Buffer.concat(runs.map(recordsIn));
    return { runs, job: { name: 'store-records', input: { records } } };
  });
}

function repliesTo(
  work: CommandWork | RecordsWork,
  result: JobResult,
  apart: JobResult[] | undefined,
): Reply[] {
  if (!work.runs) return [{ id: work.job.id, result }];
  if (!apart && !result.ok) throw new Error(`a run of records was not taken apart: ${result.reason}`);
  const results = result.ok ? (result.out as Commands['store-records']['out']).results : undefined;
  let from = 0;
  return work.runs.map((run): Reply => {
    const firstId = firstIdOf(run);
    const to = from + countOf(run);
    const reply = apart
      ? { firstId, outs: apart.slice(from, to) }
      : packedAnswer(firstId, results!, from, to);
    from = to;
    return reply;
  });
}
