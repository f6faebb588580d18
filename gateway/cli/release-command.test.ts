import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommandLine } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pingjia-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(argv, {
    environment: {},
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    stopRequested: () => Promise.resolve(),
  });
  return { code, out, err };
}

const at = (name: string) => join(folder, name);

function build(board: string, version: string): void {
  mkdirSync(at(`firmware/${board}`), { recursive: true });
  const files = [['js', 5, 'ab'.repeat(32)]];
  writeFileSync(at(`firmware/${board}/pj-a.m`), `${JSON.stringify({ version, board, files })}\n`);
  writeFileSync(at(`firmware/${board}/pj-a.js`), 'hello');
}

describe('pingjia release', () => {
  it('makes a key that only its owner reads, signs what was built, and shows it only under that key', async () => {
    build('linux', '1.2.3');
    build('esp32-ili9341', '1.2.3');
    const made = await run('release', 'keygen', at('key.pem'));
    expect(made).toMatchObject({ code: 0, out: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    expect(statSync(at('key.pem')).mode & 0o077).toBe(0);
    const sign = ['release', 'sign', '--key', at('key.pem'), '--firmware', at('firmware')];
    expect(await run(...sign, '--out', at('one.release'))).toMatchObject({ code: 0 });
    const shown = await run('release', 'show', at('one.release'), '--public-key', made.out[0]!);
    expect(shown.code).toBe(0);
    expect(shown.out.join('\n')).toMatch(/1\.2\.3[\s\S]*esp32-ili9341[\s\S]*linux/);
    const foreign = await run('release', 'show', at('one.release'), '--public-key', '00'.repeat(32));
    expect(foreign.code).toBe(1);
    expect(foreign.err.join()).toContain('signature');
  });

  it('says what is wrong instead of signing it', async () => {
    expect((await run('release', 'keygen', at('key.pem'))).err.join()).toContain('there already');
    const none = ['release', 'sign', '--key', at('key.pem'), '--firmware', at('nowhere')];
    expect((await run(...none)).err.join()).toContain('npm run firmware');
    build('linux', '1.2.4');
    const mixed = ['release', 'sign', '--key', at('key.pem'), '--firmware', at('firmware')];
    expect((await run(...mixed)).err.join()).toContain('1.2.4');
    build('linux', '1.2.3');
    const noKey = ['release', 'sign', '--key', at('firmware/linux/pj-a.js'), '--firmware', at('firmware')];
    expect((await run(...noKey)).err.join()).toContain('Ed25519');
  });
});
