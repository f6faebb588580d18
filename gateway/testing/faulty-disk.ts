// Compiles the library that lets a disk fail, stall or fill up under a real gateway, and makes the environment that
// preloads it. Needs gcc.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type DiskFault = 'fsync' | 'stall' | 'full';

export interface FaultyDisk {
  /** For the gateway's process. */
  environment: Record<string, string>;
  /** From now on, until it is healed. */
  fail(fault: DiskFault): void;
  heal(): void;
}

export function makeFaultyDisk(folder: string): FaultyDisk {
  const library = join(folder, 'disk-faults.so');
  const faultFile = join(folder, 'fault');
  const source = fileURLToPath(new URL('disk-faults.c', import.meta.url));
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl']);
  return {
    environment: { LD_PRELOAD: library, DISK_FAULT_FILE: faultFile },
    fail: (fault) => writeFileSync(faultFile, fault),
    heal: () => rmSync(faultFile),
  };
}
