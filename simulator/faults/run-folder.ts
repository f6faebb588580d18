// Where runs leave their files: in memory where the system has such a folder, one for each process.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

export function runFolder(): string {
  return join(existsSync(MEMORY) ? MEMORY : tmpdir(), `pingjia-sim-${process.pid}`);
}
