// Writes a broker's files, each replaced whole; those with hashes readable by their owner and group only.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerFile } from './accounts.ts';

/** One sentence on what went wrong, or undefined. */
export function writeBrokerFiles(folder: string, files: readonly BrokerFile[]): string | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    for (const { name, text, secret } of files) {
      const path = join(folder, name);
      writeFileSync(`${path}.new`, text, { mode: secret ? 0o640 : 0o644 });
      renameSync(`${path}.new`, path);
    }
    return undefined;
  } catch (error) {
    return `${folder} cannot be written (${(error as Error).message}).`;
  }
}
