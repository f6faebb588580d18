// Makes the real interpreter read what is typed as it was typed: compiles the library that keeps its two threads from
// working on the queue of input at once, once for each interpreter and process, and has it preloaded.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePreload } from '../preload/compile-preload.ts';

const SOURCE = new URL('./guarded-input.c', import.meta.url);
const libraries = new Map<string, string>();

/** A copy of the environment that preloads it beside what that preloads already. Throws when there is no compiler. */
export function withGuardedInput(environment: NodeJS.ProcessEnv, interpreter: string): NodeJS.ProcessEnv {
  let library = libraries.get(interpreter);
  if (library === undefined) {
    library = compileForThisProcess(interpreter);
    libraries.set(interpreter, library);
  }
  const preloaded = [library, environment.LD_PRELOAD].filter(Boolean).join(':');
  return { ...environment, LD_PRELOAD: preloaded };
}

function compileForThisProcess(interpreter: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-guarded-input-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return compilePreload({ source: SOURCE, interpreter, folder });
}
