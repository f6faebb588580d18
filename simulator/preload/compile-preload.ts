// Compiles a small C library to be preloaded into the real interpreter, for as many bits as it has.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ELF_CLASS_OFFSET = 4;
const ELF_32_BIT = 1;

export interface PreloadOptions {
  /** Of the C file. */
  source: URL;
  interpreter: string;
  /** Where the library is put. */
  folder: string;
}

/** Returns the library's path. Throws a sentence with the remedy when it cannot be compiled. */
export function compilePreload({ source, interpreter, folder }: PreloadOptions): string {
  const file = fileURLToPath(source);
  const library = join(folder, `${basename(file, '.c')}.so`);
  const bits = is32Bit(interpreter) ? ['-m32'] : [];
  const options = [...bits, '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, file, '-ldl'];
  try {
    execFileSync('gcc', options, { stdio: 'pipe' });
  } catch (cause) {
    throw new Error(
      `A C compiler is needed beside the interpreter: install ${bits.length === 0 ? 'gcc' : 'gcc and gcc-multilib, as it has 32 bits'}.`,
      { cause },
    );
  }
  return library;
}

function is32Bit(program: string): boolean {
  const file = openSync(program, 'r');
  const head = Buffer.alloc(ELF_CLASS_OFFSET + 1);
  readSync(file, head);
  closeSync(file);
  return head[ELF_CLASS_OFFSET] === ELF_32_BIT;
}
