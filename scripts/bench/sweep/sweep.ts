// What it costs to end many terms at once in a large hall, and how long intake waits meanwhile: the real writer, its
// thread and the real sweep on a database on disk, while one evaluator's records keep coming.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writer } from '../../../gateway/ports.ts';
import { realClock } from '../../../gateway/real-clock.ts';
import { makeDefaultSweep } from '../../../gateway/rules/default-sweep.ts';
import { openForReading } from '../../../gateway/store/open-database.ts';
import { startWriter } from '../../../gateway/store/writer.ts';
import { unverifiedPress } from '../../../gateway/testing/sample-record.ts';
import { FLAG_CLOCK_SET } from '../../../protocol/constants.ts';
import { quantilesOf } from '../../../simulator/quantiles.ts';
import { untilDiskIsCalm } from '../disk-figures.ts';
import { seedHall } from './seed-hall.ts';

export interface BenchSweepOptions {
  cases: number;
  due: number;
  say(line: string): void;
}

export interface Waits {
  records: number;
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
}

export interface BenchSweepResult {
  cases: number;
  due: number;
  /** From the wake of the sweep until nothing was due any more, facts and outbox committed. */
  sweepMs: number;
  /** Of the whole process meanwhile, with the records and this benchmark's own part. */
  cpuMs: number;
  /** Of the machine, over the last minute. */
  load: number;
  facts: number;
  outbox: number;
  /** The longest sync of the disk by itself, in the six seconds before. */
  diskLongestMs: number;
  /** From a record's submission to its commit, before the sweep and during it. */
  quiet: Waits;
  during: Waits;
}

/** Between two records: about what 200 evaluators send when every one of them is pressed twice a second. */
const RECORD_EVERY_MS = 2;
const QUIET_MS = 2000;
const SWEEP_LIMIT_MS = 120_000;

const silent = { info: () => undefined, warn: () => undefined, error: console.error };

export async function benchSweep({ cases, due, say }: BenchSweepOptions): Promise<BenchSweepResult> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'bench-sweep-'));
  try {
    say(`filling ${cases} cases`);
    seedHall(dataFolder, { cases, due, nowMs: realClock.nowMs() });
    say('waiting until the disk is calm');
    const diskLongestMs = round(await untilDiskIsCalm(dataFolder));
    const writer = await startWriter({ dataFolder, chainKey: Buffer.alloc(32, 1), log: silent });
    try {
      await registerEvaluator(writer);
      const intake = makeIntakeLoad(writer);
      say('records alone');
      const quiet = await intake.during(delay(QUIET_MS));
      say(`sweeping ${due} terms beside records`);
      const beganMs = realClock.monotonicMs();
      const before = process.cpuUsage();
      let sweepMs = 0;
      let cpuMs = 0;
      const during = await intake.during(
        sweepAll(writer, dataFolder).then(() => {
          sweepMs = realClock.monotonicMs() - beganMs;
          const { user, system } = process.cpuUsage(before);
          cpuMs = (user + system) / 1000;
        }),
      );
      const counts = countWritten(dataFolder);
      const load = round(loadavg()[0]!);
      const took = { sweepMs: round(sweepMs), cpuMs: round(cpuMs), load };
      return { cases, due, ...took, ...counts, diskLongestMs, quiet, during };
    } finally {
      await writer.stop();
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function registerEvaluator(writer: Writer): Promise<void> {
  await writer.submit('register-device', {
    id: 'bench',
    hall: 'bench',
    window: 'bench',
    handle: '01'.repeat(8),
    gen: 1,
    sealedKey: Buffer.alloc(60),
    atMs: realClock.nowMs(),
  });
}

/** The gateway's own sweep; ends once nothing is due. */
async function sweepAll(writer: Writer, dataFolder: string): Promise<void> {
  const rowsDue = openForReading(dataFolder);
  const due = rowsDue.prepare('SELECT 1 FROM service WHERE due_ms <= ? LIMIT 1').pluck();
  const nowMs = realClock.nowMs();
  const sweep = makeDefaultSweep({
    writer,
    reader: { casesWithRunningTerm: () => [] },
    clock: realClock,
    clockWatch: { believed: async () => true },
    calendarWatch: { look: () => undefined, unknownYears: () => [] },
    emptyJournals: () => ({}),
    heldLimitMs: SWEEP_LIMIT_MS,
    log: silent,
  });
  try {
    sweep.start();
    for (const beganMs = realClock.monotonicMs(); due.get(nowMs) !== undefined; await delay(5))
      if (realClock.monotonicMs() - beganMs > SWEEP_LIMIT_MS) throw new Error('the sweep does not end');
  } finally {
    await sweep.stop();
    rowsDue.close();
  }
}

function makeIntakeLoad(writer: Writer) {
  let seq = 0;
  const store = async (): Promise<number> => {
    seq += 1;
    const nowMs = realClock.nowMs();
    const beganMs = realClock.monotonicMs();
    await writer.submit('store-evaluation', {
      device: 'bench',
      record: unverifiedPress({ seq, uptime: seq, wall: nowMs, flags: FLAG_CLOCK_SET }),
      receivedMs: nowMs,
    });
    return realClock.monotonicMs() - beganMs;
  };
  return {
    async during(work: Promise<unknown>): Promise<Waits> {
      let working = true;
      const done = work.finally(() => {
        working = false;
      });
      const waits: Promise<number>[] = [];
      while (working) {
        waits.push(store());
        await delay(RECORD_EVERY_MS);
      }
      await done;
      return waitsOf(await Promise.all(waits));
    },
  };
}

function waitsOf(waitsMs: number[]): Waits {
  const quantile = quantilesOf(waitsMs);
  const at = (share: number) => round(quantile(share)!);
  return { records: waitsMs.length, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}

function countWritten(dataFolder: string): { facts: number; outbox: number } {
  const database = openForReading(dataFolder);
  const count = (sql: string) => database.prepare(sql).pluck().get() as number;
  const counts = {
    facts: count("SELECT count(*) FROM fact WHERE kind = 'evaluation.defaulted'"),
    outbox: count("SELECT count(*) FROM outbox WHERE kind = 'evaluation' AND default_fact IS NOT NULL"),
  };
  database.close();
  return counts;
}

const round = (ms: number) => Math.round(ms * 100) / 100;
