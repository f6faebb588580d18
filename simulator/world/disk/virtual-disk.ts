// A disk in memory under SQLite, at a folder that exists: what is opened below it with better-sqlite3 lies on the
// virtual disk, by the same calls as always. It can be full, fail to sync, lose its power, and be copied and put back.
// Only SQLite sees it: other files of that folder lie on the real disk.
import { realpathSync } from 'node:fs';
import { loadDisk } from './load-disk.ts';

/** Bytes by name in the disk's folder. */
export type DiskCopy = ReadonlyMap<string, Uint8Array>;

export interface DiskCounts {
  writes: number;
  syncs: number;
  failedSyncs: number;
  /** For want of room. */
  refusedWrites: number;
  /** Written since the last sync of their file; a crash may lose them. */
  unsyncedBytes: number;
  /** Its `stopAt` was reached. */
  stopped: boolean;
}

export interface VirtualDisk {
  /** Files may grow by so many bytes more; undefined: without limit. */
  fullAfter(bytes: number | undefined): void;
  /**
   * The n-th sync from now, 1 being the next, fails. As on Linux: the cache holds what was written and takes it for
   * clean, the disk has some of it, and a later sync says yes without writing the rest.
   */
  failSync(nth: number | undefined): void;
  /** The n-th read from now has one bit wrong; the disk has it right. */
  flipRead(nth: number | undefined): void;
  /** In the middle of the n-th write, sync, creation or deletion from now the gateway dies: nothing after it works. */
  stopAt(nth: number | undefined): void;
  counts(): DiskCounts;
  /** The program has died, and the system goes on: a successor finds all that was written. */
  kill(): void;
  /**
   * The power failed: a successor finds what was synced, and of each sector written since then, each truncation and
   * each name, whatever the seed says. Connections that are open get nothing but errors; close them.
   */
  crash(): void;
  names(): string[];
  read(name: string): Uint8Array | undefined;
  /** All files in one moment, as a virtual machine's snapshot; with names, only those, as a careless copy. */
  copy(names?: readonly string[]): DiskCopy;
  /** Nothing but these files is left. As `kill` for whoever has a file open. */
  restore(copy: DiskCopy): void;
  /** Forgets all its files. */
  remove(): void;
}

/** There is one at a folder at a time. Needs gcc. */
export function createVirtualDisk({ folder, seed }: { folder: string; seed: number }): VirtualDisk {
  const control = loadDisk();
  const at = realpathSync(folder);
  const call = (name: string, ...values: unknown[]): unknown => {
    const marks = ['?', ...values.map(() => '?')].join(', ');
    return control
      .prepare(`SELECT ${name}(${marks})`)
      .pluck()
      .get(at, ...values);
  };
  const count = (nth: number | undefined) => (nth === undefined ? null : BigInt(nth));
  const names = () => (call('disk_names') as string).split('\n').filter((name) => name !== '');
  const read = (name: string) => (call('disk_get', name) as Buffer | null) ?? undefined;
  call('disk_make', BigInt(seed));
  return {
    fullAfter: (bytes) => void call('disk_room', count(bytes)),
    failSync: (nth) => void call('disk_fail_sync', count(nth)),
    flipRead: (nth) => void call('disk_flip_read', count(nth)),
    stopAt: (nth) => void call('disk_stop', count(nth)),
    counts: () => JSON.parse(call('disk_counts') as string) as DiskCounts,
    kill: () => void call('disk_kill'),
    crash: () => void call('disk_crash'),
    names,
    read,
    copy: (wanted = names()) =>
      new Map(
        wanted.flatMap((name) => {
          const bytes = read(name);
          return bytes ? [[name, bytes]] : [];
        }),
      ),
    restore(copy) {
      call('disk_kill');
      for (const name of names()) call('disk_put', name, null);
      for (const [name, bytes] of copy) call('disk_put', name, bytes);
    },
    remove: () => void call('disk_remove'),
  };
}
