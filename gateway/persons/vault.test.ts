import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applicantOf, recordsOf } from './applicant.ts';
import { openVault, VAULT_FILE, type Vault } from './vault.ts';

const keys = { personSeal: Buffer.alloc(32, 1), personTag: Buffer.alloc(32, 2) };
let folder: string;
let vault: Vault;
const reopen = (copyFolder?: string) => {
  vault.close();
  vault = openVault({ folder: join(folder, 'keys'), copyFolder, keys });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  vault = openVault({ folder: join(folder, 'keys'), copyFolder: undefined, keys });
});
afterEach(() => {
  vault.close();
  rmSync(folder, { recursive: true });
});

const sealOne = (identity: string, content: object = { name: '张三' }) =>
  vault.seal([{ identity, content }])[0]!;
const bytesOf = (at: string) => Buffer.concat(readdirSync(at).map((name) => readFileSync(join(at, name))));

describe('the keys of persons', () => {
  it('give back what was sealed, and tell the same person and the same content again', () => {
    fc.assert(
      fc.property(fc.string(), fc.record({ name: fc.string(), mobile: fc.string() }), (identity, content) => {
        const [one, two] = vault.seal([
          { identity, content },
          { identity, content },
        ]);
        expect(vault.open([one!, two!])).toEqual(Array(2).fill({ state: 'open', content }));
        expect([two!.person, two!.mark]).toEqual([one!.person, one!.mark]);
        expect(two!.box).not.toBe(one!.box);
        expect(vault.find(identity)).toBe(one!.person);
      }),
      { numRuns: 30 },
    );
  });

  it('tell applicant and agent apart, and put them together again', () => {
    const applicant = {
      name: '张三',
      document: { type: '111', number: '23010319900101123x' },
      agent: { name: '李四', document: { type: '111', number: '230103198501011111' } },
    };
    const records = recordsOf(applicant, { projectNo: 'P-1' });
    const persons = vault.seal(records.map(({ record }) => record));
    expect(new Set(persons.map(({ person }) => person)).size).toBe(2);
    const contents = vault
      .open(persons)
      .map((opened, index) => [records[index]!.role, opened.state === 'open' ? opened.content : undefined]);
    expect(applicantOf(Object.fromEntries(contents))).toEqual(applicant);
    const again = recordsOf(
      { document: { type: '111', number: '2301 0319 9001 0112 3X' } },
      { projectNo: 'P-2' },
    );
    expect(vault.find(again[0]!.record.identity)).toBe(persons[0]!.person);
  });

  it('leave nothing of a destroyed key, tag or content in the file, whatever pages were split before', () => {
    const sealed = Array.from({ length: 12 }, (_, batch) =>
      vault.seal(
        Array.from({ length: 50 }, (_, index) => ({
          identity: `document 111 ${50 * batch + index}`,
          content: {},
        })),
      ),
    ).flat();
    const database = new Database(join(folder, 'keys', VAULT_FILE));
    const rowOf = database.prepare('SELECT tag, sealed FROM person WHERE id = ?');
    const victims = [0, 7, 299, 599].map((index) => sealed[index]!);
    const rows = victims.map(({ person }) => rowOf.get(Buffer.from(person, 'hex')) as Record<string, Buffer>);
    database.close();
    for (const { tag, sealed: key } of rows)
      for (const part of [tag!, key!]) expect(bytesOf(join(folder, 'keys')).includes(part)).toBe(true);
    for (const { person } of victims) expect(vault.forget(person)).toBe(true);
    for (const { tag, sealed: key } of rows)
      for (const part of [tag!, key!.subarray(0, 24), key!.subarray(30)])
        expect(bytesOf(join(folder, 'keys')).includes(part)).toBe(false);
    expect(vault.open(victims).map(({ state }) => state)).toEqual(Array(4).fill('forgotten'));
    expect(vault.open([sealed[1]!])[0]!.state).toBe('open');
    expect(vault.forget(victims[0]!.person)).toBe(false);
    expect(sealOne('document 111 0').person).not.toBe(victims[0]!.person);
  });

  it('are in the copy as well, come back from it, and are destroyed in both', () => {
    const before = sealOne('a');
    reopen(join(folder, 'copy'));
    const after = sealOne('b');
    vault.close();
    rmSync(join(folder, 'keys'), { recursive: true });
    vault = openVault({ folder: join(folder, 'keys'), copyFolder: join(folder, 'copy'), keys });
    expect(vault.open([before, after]).map(({ state }) => state)).toEqual(['open', 'open']);
    cpSync(join(folder, 'copy'), join(folder, 'older'), { recursive: true });
    vault.forget(before.person);
    reopen(join(folder, 'older'));
    expect(vault.open([before, after]).map(({ state }) => state)).toEqual(['forgotten', 'open']);
    const older = new Database(join(folder, 'older', VAULT_FILE));
    expect(older.prepare('SELECT count(*) FROM person WHERE sealed IS NULL').pluck().get()).toBe(1);
    older.close();
  });

  it('say so when they belong to another master key', () => {
    expect(() =>
      openVault({
        folder: join(folder, 'keys'),
        copyFolder: undefined,
        keys: { ...keys, personSeal: Buffer.alloc(32, 9) },
      }),
    ).toThrow(/another master key/);
  });
});
