// What deploy/ names must be there: programs' paths, commands and options, folders that a container copies.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../gateway/cli/program.ts';
import { needs } from '../testing/needs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');
const UNITS = ['pingjia.service', 'pingjia-backup.service', 'pingjia-backup.timer'];
const INSTALLED = '/opt/pingjia/';

const program = makeProgram({
  environment: {},
  out: () => undefined,
  err: () => undefined,
  stopRequested: () => Promise.resolve(),
});

/** The command that words name, and whether it knows the options among them. */
function checkWords(words: readonly string[]): void {
  let command: Command = program;
  for (const word of words) {
    if (word.startsWith('-')) {
      const known = command.options.some(({ long, short }) => long === word || short === word);
      expect(known, `${command.name()} ${word}`).toBe(true);
      continue;
    }
    command = command.commands.find((one) => one.name() === word) ?? command;
  }
  expect(command, words.join(' ')).not.toBe(program);
  for (const option of command.options.filter(({ mandatory }) => mandatory))
    expect(words).toContain(option.long);
}

const calls = (text: string) =>
  [...text.matchAll(/bin\/pingjia\.js ([a-z][^\n`]*)/g)].map(([, words]) => words!.split(' '));

describe('the units of systemd', () => {
  it('start programs and commands that exist, with options those know', () => {
    for (const unit of UNITS) {
      const text = read(unit);
      for (const [path] of text.matchAll(/\/opt\/pingjia\/[^\s]+/g))
        expect(existsSync(join(root, path.slice(INSTALLED.length))), path).toBe(true);
      calls(text).forEach(checkWords);
    }
    expect(UNITS.flatMap((unit) => calls(read(unit)))).toHaveLength(2);
  });

  const need = needs('systemd-analyze');
  it.skipIf(need.skip)(need.title('are right by systemd’s own judgement'), () => {
    const folder = mkdtempSync(join(tmpdir(), 'units-'));
    try {
      for (const unit of UNITS) {
        const text = read(unit).replaceAll('/usr/bin/node', process.execPath).replaceAll(INSTALLED, root);
        writeFileSync(join(folder, unit), text);
      }
      const words = ['verify', '--man=no', '--recursive-errors=no'];
      const paths = UNITS.map((unit) => join(folder, unit));
      const said = execFileSync('systemd-analyze', [...words, ...paths], { encoding: 'utf8', stdio: 'pipe' });
      expect(said).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the container', () => {
  const text = read('Containerfile');

  it('copies what is there, and all that the program imports', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' '),
    );
    for (const name of copied) expect(existsSync(join(root, name)), name).toBe(true);
    for (const folder of ['bin', 'protocol', 'device', 'gateway', 'simulator', 'scripts'])
      expect(copied).toContain(folder);
  });

  it('runs a command that exists', () => {
    const listOf = (name: string) =>
      JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(text)![1]!) as string[];
    expect(listOf('ENTRYPOINT')).toEqual(['node', 'bin/pingjia.js']);
    checkWords(listOf('CMD'));
  });
});

describe('the guide of deploy/', () => {
  it('names files that are there and commands that exist', () => {
    const guide = read('README.md');
    for (const [, name] of guide.matchAll(/`(pingjia[a-z-]*\.(?:service|timer)|Containerfile)`/g))
      expect(existsSync(join(root, 'deploy', name!)), name).toBe(true);
    for (const unit of [...UNITS, 'Containerfile']) expect(guide).toContain(unit);
    calls(guide).forEach(checkWords);
    expect(calls(guide).length).toBeGreaterThan(1);
  });
});
