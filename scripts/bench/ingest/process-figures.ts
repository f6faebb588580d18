// What Linux tells of a process: processor time and memory (proc_pid_stat(5), proc_pid_status(5)); and how long the
// disk itself takes for what a commit needs.
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TICKS_PER_SECOND = 100;
const SYNC_COUNT = 40;
const PAGE_BYTES = 4096;

/** Milliseconds of all its threads, in user mode and in the kernel. */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

export function memoryMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Math.round(Number(kilobytes ?? 0) / 1024);
}

/** Median milliseconds of appending one page and syncing it. */
export function fdatasyncMs(folder: string): number {
  const file = join(folder, 'fdatasync');
  const handle = openSync(file, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const times: number[] = [];
  for (let count = 0; count < SYNC_COUNT; count += 1) {
    const startMs = performance.now();
    writeSync(handle, page);
    fdatasyncSync(handle);
    times.push(performance.now() - startMs);
  }
  closeSync(handle);
  rmSync(file);
  return median(times);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
