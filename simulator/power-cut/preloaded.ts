// Compiles the library that cuts the power of the real interpreter, and names the environment that loads it.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./cut-power.c', import.meta.url));
const ELF_CLASS_OFFSET = 4;
const ELF_32_BIT = 1;

export interface CutOptions {
  /** Write at which the power fails; none if missing. */
  at?: number;
  /** Bytes of it that arrive, and the bits of the next byte that keep their old value. */
  bytes?: number;
  mask?: number;
  /** File that gets the number of writes so far. */
  countFile?: string;
  /** How many times faster than real time the device's clock goes. */
  timeScale?: number;
}

/** Returns the library's path. Throws when there is no compiler. */
export function compilePowerCut(options: { interpreter: string; folder: string }): string {
  const library = join(options.folder, 'cut-power.so');
  const words = is32Bit(options.interpreter) ? ['-m32'] : [];
  execFileSync('gcc', [
    ...words,
    '-shared',
    '-fPIC',
    '-O1',
    '-Wall',
    '-Werror',
    '-o',
    library,
    SOURCE,
    '-ldl',
  ]);
  return library;
}

export function cutEnvironment(library: string, cut: CutOptions): Record<string, string> {
  const values: Record<string, string | number | undefined> = {
    LD_PRELOAD: library,
    PJ_CUT_AT: cut.at,
    PJ_CUT_BYTES: cut.bytes,
    PJ_CUT_MASK: cut.mask,
    PJ_CUT_COUNT: cut.countFile,
    PJ_TIME_SCALE: cut.timeScale,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function is32Bit(program: string): boolean {
  const file = openSync(program, 'r');
  const head = Buffer.alloc(ELF_CLASS_OFFSET + 1);
  readSync(file, head);
  closeSync(file);
  return head[ELF_CLASS_OFFSET] === ELF_32_BIT;
}
