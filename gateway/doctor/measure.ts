// Small measurements of the machine, each bounded and each leaving nothing behind.
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Facts } from './checks.ts';

const SYNC_ROUNDS = 20;
const PAGE_BYTES = 4096;
const ANSWER_LIMIT_MS = 3000;

/** Magic numbers of statfs(2). */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546]);
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6]);

export function measureDisk(folder: string, databaseFile: string): NonNullable<Facts['disk']> {
  const { bavail, bsize, type } = statfsSync(folder);
  const magic = type >>> 0;
  const kind = NETWORK_FILE_SYSTEMS.has(magic)
    ? 'network'
    : MEMORY_FILE_SYSTEMS.has(magic)
      ? 'memory'
      : 'local';
  return { freeBytes: bavail * bsize, kind, databaseBytes: sizeOf(databaseFile) };
}

export function measureSync(folder: string, monotonicMs: () => number): NonNullable<Facts['syncMs']> {
  const file = join(folder, 'doctor.tmp');
  const handle = openSync(file, 'w', 0o600);
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const times: number[] = [];
  try {
    for (let round = 0; round < SYNC_ROUNDS; round += 1) {
      const beginMs = monotonicMs();
      writeSync(handle, page, 0, page.length, round * PAGE_BYTES);
      fdatasyncSync(handle);
      times.push(monotonicMs() - beginMs);
    }
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
  times.sort((one, other) => one - other);
  return { median: times[SYNC_ROUNDS / 2]!, worst: times.at(-1)! };
}

/** Undefined where the system does not say. */
export function clockSynchronised(): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const words = ['show', '--property=NTPSynchronized', '--value'];
    execFile('timedatectl', words, { timeout: ANSWER_LIMIT_MS }, (error, stdout) => {
      const said = stdout.trim();
      resolve(error || (said !== 'yes' && said !== 'no') ? undefined : said === 'yes');
    });
  });
}

export function openFilesLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line ? Number(line[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Permission bits of other accounts, the group's too if `alsoGroup`. */
export function isOpenTo(path: string, { alsoGroup }: { alsoGroup: boolean }): boolean {
  try {
    return (statSync(path).mode & (alsoGroup ? 0o077 : 0o007)) !== 0;
  } catch {
    return false;
  }
}

export function onSameDisk(one: string, other: string): boolean {
  try {
    return statSync(one).dev === statSync(other).dev;
  } catch {
    return false;
  }
}

/** Somebody takes a connection there. */
export function answersTcp({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_LIMIT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

export function udpPortTaken({ host, port }: { host: string; port: number }): Promise<boolean> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(true));
    socket.bind({ address: host, port }, () => socket.close(() => resolve(false)));
  });
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
