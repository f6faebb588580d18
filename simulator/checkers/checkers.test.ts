import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunArtefacts } from '../world/artefacts.ts';
import { ALL_CHECKERS } from './all-checkers.ts';
import { makeStoreRun, shanghai } from './testing/store-run.ts';

const MORNING_MS = shanghai('2026-03-02 09:00:00');
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SINGLE = '00000000000000a1';
const BATCH = '00000000000000b1';
const APPEALED = '00000000000000c1';

let folder: string;
let whole: RunArtefacts;
let run: RunArtefacts;
let copies = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-checkers-'));
  whole = smallRun();
});
afterAll(() => rmSync(folder, { recursive: true }));
/** Files of its own for each test. */
beforeEach(() => {
  copies += 1;
  const databaseFile = join(folder, `hall-${copies}.sqlite`);
  const provinceFile = join(folder, `province-${copies}.sqlite`);
  copyFileSync(whole.databaseFile, databaseFile);
  copyFileSync(whole.provinceFile, provinceFile);
  run = { ...whole, databaseFile, provinceFile };
});

/** Case 1 pressed, 2 and 3 pressed as a batch, 4 defaulted, 5 withdrawn, 6 excluded after an appeal. */
function smallRun(): RunArtefacts {
  const hall = makeStoreRun({ folder, windows: ['a01'] });
  const serviceOf = (projectNo: string) => ({ projectNo, assessNumber: 1 });
  const projectNumbers = ['1', '2', '3', '4', '5', '6'].map((number) => `231000-${number}`);
  const [one, two, three, , five, six] = projectNumbers as [string, string, string, string, string, string];
  let atMs = MORNING_MS;
  for (const projectNo of projectNumbers) {
    hall.act(atMs, { kind: 'case', projectNo, taskName: '登记' });
    hall.act(atMs, {
      kind: 'service',
      ...serviceOf(projectNo),
      window: 'a01',
      badgeId: 'A1',
      servedMs: atMs,
    });
    atMs += MINUTE_MS;
    hall.act(atMs, { kind: 'completion', projectNo, completedMs: atMs });
  }
  const invite = (invitation: string, numbers: string[]) =>
    hall.act(atMs, {
      kind: 'invitation',
      invitation,
      window: 'a01',
      device: 'e-a01',
      services: numbers.map(serviceOf),
      termSeconds: 600,
    });
  const press = (invitation: string, level: 1 | 2 | 4) => {
    atMs += MINUTE_MS;
    const seq = hall.press('a01', { level, atMs, invitation });
    hall.deliver('a01', atMs + 5000);
    return seq;
  };
  invite(SINGLE, [one]);
  press(SINGLE, 4);
  invite(BATCH, [two, three]);
  press(BATCH, 2);
  invite(APPEALED, [six]);
  const seq = press(APPEALED, 1);
  hall.act(atMs + DAY_MS, { kind: 'withdrawal', projectNo: five });
  hall.act(atMs + DAY_MS, { kind: 'exclusion', device: 'e-a01', seq });
  return hall.finish(MORNING_MS + 9 * DAY_MS);
}

/** Read anew each time: what was read is remembered by the run. */
function fallen(changed: RunArtefacts = run): string[] {
  const read = { ...changed };
  return ALL_CHECKERS.filter((checker) => checker.check(read).length > 0).map(({ name }) => name);
}

function change(file: string, ...statements: string[]): void {
  const database = new Database(file);
  database.pragma('foreign_keys = OFF');
  database.pragma('synchronous = OFF');
  for (const statement of statements) expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
  database.close();
}
const changeHall = (...statements: string[]) => change(run.databaseFile, ...statements);
const changeProvince = (...statements: string[]) => change(run.provinceFile, ...statements);

describe('a finished run', () => {
  it('passes when everything is as it should be', () => {
    expect(fallen()).toEqual([]);
  });

  it('fails when a press that was thanked for is nowhere', () => {
    const [first] = run.thanked;
    expect(fallen({ ...run, thanked: [...run.thanked, { ...first!, seq: 9 }] })).toContain('thanked-once');
  });

  it('fails when a press that was thanked for is in flash and never left it', () => {
    changeHall(
      'DELETE FROM fact WHERE id IN (SELECT id FROM press WHERE seq = 3)',
      'DELETE FROM press WHERE seq = 3',
    );
    expect(fallen()).toContain('thanked-once');
    expect(ALL_CHECKERS[0]!.check({ ...run, settled: false })).toEqual([]);
  });

  it('fails when a press is in two facts', () => {
    changeHall(
      `INSERT INTO fact SELECT (SELECT max(id) FROM fact) + 1, at_ms, kind, subject, body, chain FROM fact
       WHERE id IN (SELECT id FROM press WHERE seq = 1)`,
    );
    expect(fallen()).toEqual(expect.arrayContaining(['thanked-once', 'nothing-invented', 'chain-whole']));
  });

  it("fails when a level was altered on its way, in flash or by the person's own account", () => {
    // The level is the byte behind the first 56 of what was signed.
    changeHall(
      `UPDATE fact SET body = CAST(substr(body, 1, 56) || x'05' || substr(body, 58) AS BLOB)
       WHERE id IN (SELECT id FROM press WHERE seq = 2)`,
    );
    expect(fallen()).toEqual(expect.arrayContaining(['thanked-once', 'nothing-invented', 'chain-whole']));
  });

  it('fails when an evaluator was acknowledged what the database did not hold, unless an older copy was put back', () => {
    changeHall("UPDATE fact SET kind = 'epoch.begun', body = '{}' WHERE id = 2");
    expect(fallen()).toContain('acknowledged-kept');
    const restores = [{ copiedMs: MORNING_MS, restoredMs: MORNING_MS + DAY_MS }];
    expect(fallen({ ...run, restores })).not.toContain('acknowledged-kept');
  });

  it('forgives the loss of a rotten record only where it is listed as a gap', () => {
    const lost = { ...run.thanked[0]!, seq: 9 };
    const rotten = { ...run, thanked: [...run.thanked, lost], rotted: [lost] };
    expect(fallen(rotten)).toContain('thanked-once');
    changeHall(
      'INSERT INTO gap (device_no, first, last, at_ms) SELECT device_no, 9, 9, 0 FROM press LIMIT 1',
    );
    expect(fallen(rotten)).not.toContain('thanked-once');
  });

  it('fails when somebody connected by repeating what an evaluator had said', () => {
    const replaysAccepted = [{ device: 'e-a01', atMs: MORNING_MS }];
    expect(fallen({ ...run, replaysAccepted })).toEqual(['nothing-invented']);
  });

  it('fails when two starts of an evaluator bear one boot number', () => {
    const [first, second, ...others] = run.thanked;
    const thanked = [first!, { ...second!, boot: second!.boot + 1 }, ...others];
    expect(fallen({ ...run, thanked })).toEqual(['boots-grow']);
  });

  it('fails when an evaluator used a sequence twice', () => {
    expect(fallen({ ...run, thanked: [...run.thanked, run.thanked[0]!] })).toContain('thanked-once');
  });

  it('fails when a record bears no signature of its evaluator', () => {
    const devices = run.devices.map((device) => ({ ...device, key: 'ab'.repeat(32) }));
    expect(fallen({ ...run, devices })).toEqual(['nothing-invented']);
  });

  it('fails when a press counts that no evaluator sent', () => {
    changeHall('UPDATE press SET level = 5, seq = 8 WHERE seq = 1');
    expect(fallen()).toContain('nothing-invented');
  });

  it('fails when a batch counts for its first case only', () => {
    changeHall(
      "UPDATE service_state SET effective_press = NULL WHERE service_no = (SELECT no FROM service WHERE project_no = '231000-3')",
    );
    expect(fallen()).toEqual(['one-effective', 'upstream-equal', 'model-agrees']);
  });

  it('fails when a press and a default count for one service', () => {
    changeHall(
      "UPDATE service_state SET effective_default = 1 WHERE service_no = (SELECT no FROM service WHERE project_no = '231000-1')",
    );
    expect(fallen()).toEqual(['nothing-invented', 'one-effective', 'defaults']);
  });

  it('fails when a default was recorded before the end of its term', () => {
    changeHall(`UPDATE fact SET at_ms = at_ms - ${4 * DAY_MS} WHERE kind = 'evaluation.defaulted'`);
    expect(fallen()).toEqual(['defaults', 'chain-whole']);
  });

  it('fails when a term was reckoned by another calendar', () => {
    const rules = { ...run.rules, calendarOverrides: [{ date: '2026-03-07', working: true }] };
    expect(fallen({ ...run, rules })).toContain('defaults');
  });

  it('fails when a default stands in place of an evaluation that was excluded', () => {
    changeHall(
      "UPDATE service_state SET effective_default = 1, default_fact = (SELECT id FROM fact WHERE kind = 'evaluation.defaulted') WHERE service_no = (SELECT no FROM service WHERE project_no = '231000-6')",
    );
    expect(fallen()).toEqual(expect.arrayContaining(['defaults', 'model-agrees']));
  });

  it('fails when no default counts for a case whose term has ended', () => {
    changeHall(
      "UPDATE service_state SET effective_default = 0 WHERE service_no = (SELECT no FROM service WHERE project_no = '231000-4')",
    );
    expect(fallen()).toEqual(['defaults', 'upstream-equal', 'model-agrees']);
  });

  it('fails when the province has another level, nothing, or more than the hall', () => {
    changeProvince("UPDATE evaluations SET level = 5 WHERE project_no = '231000-1'");
    expect(fallen()).toEqual(['upstream-equal', 'model-agrees']);
    changeProvince("UPDATE evaluations SET level = 4 WHERE project_no = '231000-1'");
    changeProvince("DELETE FROM evaluations WHERE project_no = '231000-4'");
    expect(fallen()).toEqual(['upstream-equal', 'model-agrees']);
  });

  it('lets the province keep what a lost database sent for an invitation that is lost with it, and nothing else', () => {
    changeProvince("UPDATE evaluations SET level = 5 WHERE project_no = '231000-1'");
    const facts = run.facts.map((fact) =>
      fact.kind === 'invitation' && fact.invitation === SINGLE ? { ...fact, lost: true } : fact,
    );
    const pressed = (level: 3 | 5) => [...run.thanked, { ...run.thanked[0]!, level, keys: [level] }];
    expect(fallen({ ...run, facts, thanked: pressed(3) })).toContain('upstream-equal');
    expect(fallen({ ...run, facts, thanked: pressed(5) })).not.toContain('upstream-equal');
    changeProvince("DELETE FROM evaluations WHERE project_no = '231000-1'");
    expect(fallen({ ...run, facts, thanked: pressed(5) })).toContain('upstream-equal');
  });

  it('lets the province keep the default of a case whose completion is lost with the database, and nothing else', () => {
    changeHall(
      "UPDATE service_state SET effective_default = 0 WHERE service_no = (SELECT no FROM service WHERE project_no = '231000-4')",
    );
    const facts = run.facts.map((fact) =>
      fact.kind === 'completion' && fact.projectNo === '231000-4' ? { ...fact, lost: true } : fact,
    );
    for (const name of ['upstream-equal', 'model-agrees'])
      expect(fallen({ ...run, facts })).not.toContain(name);
    changeProvince("UPDATE evaluations SET level = 5 WHERE project_no = '231000-4'");
    for (const name of ['upstream-equal', 'model-agrees']) expect(fallen({ ...run, facts })).toContain(name);
  });

  it('fails when the province was sent an evaluation before its service record', () => {
    changeProvince(
      `INSERT INTO refusals (path, code, message, body, received_ms) VALUES ('/evaluation', '1001', '', '', ${MORNING_MS})`,
    );
    expect(fallen()).toEqual(['upstream-equal']);
  });

  it('fails when one level took more presses than the others, or longer', () => {
    const thanked = [4, 4, 4, 1, 1, 1].map((level) => ({
      ...run.thanked[0]!,
      level: level as 1 | 4,
      keys: [level as 1 | 4],
    }));
    const twice = thanked.map((press) =>
      press.level === 1 ? { ...press, keys: [1 as const, 1 as const] } : press,
    );
    const later = thanked.map((press) =>
      press.level === 1 ? { ...press, thankedMs: press.thankedMs + 9000 } : press,
    );
    const changedMinds = thanked.map((press) =>
      press.level === 1 ? { ...press, keys: [5 as const, 1 as const] } : press,
    );
    const samePresses = ALL_CHECKERS.find(({ name }) => name === 'same-presses')!;
    expect(samePresses.check({ ...run, thanked })).toEqual([]);
    expect(samePresses.check({ ...run, thanked: changedMinds })).toEqual([]);
    expect(samePresses.check({ ...run, thanked: twice })).toHaveLength(1);
    expect(samePresses.check({ ...run, thanked: later })).toHaveLength(1);
  });

  it('fails when a fact was changed, taken away, or is missing at the end', () => {
    changeHall("UPDATE fact SET subject = 'x' WHERE id = 4");
    expect(fallen()).toContain('chain-whole');
    changeHall(
      "UPDATE fact SET subject = '231000-1' WHERE id = 4",
      'DELETE FROM fact WHERE id = (SELECT max(id) FROM fact)',
    );
    expect(fallen()).toContain('chain-whole');
  });

  it('fails when something else counts than the rules say', () => {
    const facts = run.facts.filter(({ kind }) => kind !== 'withdrawal');
    expect(fallen({ ...run, facts })).toEqual(['defaults', 'model-agrees']);
  });
});
