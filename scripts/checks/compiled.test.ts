// The program made from its sources, by processes of their own as at a start.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const compiled = new URL('../../bin/compiled.js', import.meta.url).href;

/** Prints the folder it was given and whether the gateway can be imported from there. */
const START = `
import { pathToFileURL } from 'node:url';
const { compiledFolder } = await import('${compiled}');
const folder = await compiledFolder({ programs: process.argv[1] });
const { runProcess } = await import(pathToFileURL(folder + '/gateway/main.js').href);
console.log(folder, typeof runProcess);
`;

async function start(programs: string): Promise<{ made: string; imported: string }> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', START, programs]);
  const [made, imported] = stdout.trim().split(' ');
  return { made: made!, imported: imported! };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.cwd(), 'node_modules', '.compiled-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the program made from its sources', () => {
  it('is made once and whole when two starts want it at the same time', async () => {
    const starts = await Promise.all([start(folder), start(folder)]);
    expect(starts.map(({ imported }) => imported)).toEqual(['function', 'function']);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([starts[0].made]);
    expect(starts[1].made).toBe(starts[0].made);
  });

  it('runs from a folder of its own, which it removes, where nothing may be kept', async () => {
    const unwritable = join(folder, 'a-file');
    writeFileSync(unwritable, '');
    const { made, imported } = await start(unwritable);
    expect(imported).toBe('function');
    expect(made.startsWith(join(tmpdir(), 'pingjia-program-'))).toBe(true);
    expect(existsSync(made)).toBe(false);
  });
});
