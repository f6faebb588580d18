// How long the disk itself takes for what a commit needs, and whether it still works at something else.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './process-figures.ts';

const SYNC_COUNT = 40;
const PAGE_BYTES = 4096;
/** Between two looks whether the disk is calm, and how long all of them have to be short. */
const LOOK_EVERY_MS = 5;
const CALM_FOR_MS = 6000;
const CALM_LIMIT_MS = 60_000;
/** A sync that takes longer is a stall. */
const STALL_MS = 10;

/**
 * Median milliseconds of appending one page and syncing it. With a pause before each, where one is given: a machine
 * that sleeps meanwhile takes more than twice as long for the next one.
 */
export async function fdatasyncMs(folder: string, pauseMs = 0): Promise<number> {
  const disk = openProbe(folder);
  const times: number[] = [];
  while (times.length < SYNC_COUNT) {
    if (pauseMs > 0) await delay(pauseMs);
    times.push(disk.appendMs());
  }
  disk.close();
  return median(times);
}

/**
 * Waits until no sync has stalled for six seconds, a minute at most: where a file system tells the disk of every block
 * it frees, half a gigabyte that was deleted before, as by the benchmark of a minute ago, stalled each further sync by
 * up to 157 ms. Returns the longest sync of the last six seconds, in milliseconds.
 */
export async function untilDiskIsCalm(folder: string): Promise<number> {
  const disk = openProbe(folder);
  const beganMs = performance.now();
  let calmSinceMs = beganMs;
  let longestMs = 0;
  for (let nowMs = beganMs; nowMs - calmSinceMs < CALM_FOR_MS; nowMs = performance.now()) {
    const tookMs = disk.appendMs();
    longestMs = Math.max(longestMs, tookMs);
    if (nowMs - beganMs < CALM_LIMIT_MS && tookMs > STALL_MS) {
      calmSinceMs = performance.now();
      longestMs = 0;
    }
    await delay(LOOK_EVERY_MS);
  }
  disk.close();
  return longestMs;
}

function openProbe(folder: string) {
  const file = join(folder, 'fdatasync');
  const handle = openSync(file, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  return {
    appendMs() {
      const startMs = performance.now();
      writeSync(handle, page);
      fdatasyncSync(handle);
      return performance.now() - startMs;
    },
    close() {
      closeSync(handle);
      rmSync(file);
    },
  };
}
