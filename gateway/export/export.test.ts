// The commands about records and persons as an operator types them, in this process, on a hall that ran before.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../cli/program.ts';
import { realClock } from '../real-clock.ts';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';

let hall: TestHall;
let folder: string;
let config: string;
const document = { type: '111', number: '230103199001011234' };

async function run(...args: string[]) {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await runCommandLine([...args, '--config', config], {
    environment: {},
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
    stopRequested: () => Promise.resolve(),
  });
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

beforeAll(async () => {
  const shiftMs = Date.parse('2026-02-13T23:50:00+08:00') - Date.now();
  const clock = { ...realClock, nowMs: () => Date.now() + shiftMs };
  hall = await startTestHall({}, { clock });
  folder = mkdtempSync(join(tmpdir(), 'export-'));
  config = join(folder, 'pingjia.yaml');
  const paths = { dataFolder: hall.config.dataFolder, masterKeyFile: hall.config.masterKeyFile };
  const anchor = { file: join(folder, 'anchors.jsonl') };
  writeFileSync(config, JSON.stringify({ hall: hall.config.hall, ...paths, anchor }));
  const device = await hall.connect(await hall.register('a01', 'a01'));
  await device.sayHello();
  const matter = { taskCode: '1123100000000000014000118004001', taskName: '=不动产"转移",登记' };
  const service = {
    serviceName: '受理',
    servedAt: '2026-02-13T09:30:00+08:00',
    staff: TEST_STAFF,
    window: 'a01',
  };
  await hall.call('PUT', '/v1/cases/231000202602130001', {
    body: { ...matter, applicant: { name: '张三', document, mobile: '13812345678' } },
  });
  const services = [1, 2].map((assessNumber) => ({ projectNo: '231000202602130001', assessNumber }));
  for (const { projectNo, assessNumber } of services)
    await hall.call('PUT', `/v1/cases/${projectNo}/services/${assessNumber}`, { body: service });
  const { body } = await hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
  const wall = clock.nowMs();
  const invitation = body.invitation as string;
  await device.sendRecord(device.sign({ seq: 1, level: 1, invitation, wall, flags: 4 }));
  await hall.gateway.stop();
});
afterAll(async () => {
  await hall.end();
  rmSync(folder, { recursive: true });
});

const period = ['--from', '2026-02-13', '--to', '2026-02-13'];
const who = ['--by', '李主任', '--reason', '差评回访'];

describe('pingjia export', () => {
  it('writes CSV with Chinese headings, one line for each service of a batch', async () => {
    const { code, out } = await run('export', ...period);
    expect(code).toBe(0);
    const [head, ...rows] = out.split('\n');
    expect(head).toMatch(/^评价编号,评价方式,满意度,满意度名称,/);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^\d+,评价器,1,非常不满意,,2026-02-13 23:5\d:\d\d,/);
    expect(rows[1]).toContain(
      ',有效,是,231000202602130001,2,1123100000000000014000118004001,"=不动产""转移"",登记",受理,a01,A1023,张三,a01,1',
    );
  });

  it('keeps to the days asked for', async () => {
    for (const [from, to, rows] of [
      ['2026-02-14', '2026-03-01', 0],
      ['2026-01-01', '2026-02-12', 0],
      ['2026-01-01', '2026-02-13', 2],
    ] as const) {
      const { out } = await run('export', '--from', from, '--to', to, '--format', 'jsonl');
      expect(out === '' ? 0 : out.split('\n').length).toBe(rows);
    }
  });

  it('writes a file that a spreadsheet opens as it is, for its owner only, and overwrites none', async () => {
    const file = join(folder, '2026-02.csv');
    const made = await run('export', ...period, '--out', file, '--for-spreadsheet');
    expect(made).toMatchObject({ code: 0, out: `2 rows in ${file}.` });
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('\ufeff评价编号,')).toBe(true);
    expect(text).toContain(',\t231000202602130001,1,\t1123100000000000014000118004001,"\t=不动产');
    expect(text.split('\r\n')).toHaveLength(4);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(await run('export', ...period, '--out', file)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there already/),
    });
  });

  it('adds applicants only to whoever says who they are and why, and puts that on record', async () => {
    expect(await run('export', ...period, '--with-persons')).toMatchObject({ code: 2, out: '' });
    const plain = await run('export', ...period, '--format', 'jsonl');
    expect(plain.out).not.toMatch(/230103199001011234|13812345678/);
    const { out } = await run('export', ...period, '--format', 'jsonl', '--with-persons', ...who);
    expect(JSON.parse(out.split('\n')[0]!)).toMatchObject({
      origin: 'press',
      at: expect.stringMatching(/^2026-02-13T23:5.*\+08:00$/),
      applicant: { name: '张三', document, mobile: '13812345678' },
    });
    expect((await run('verify')).out).toMatch(/Everything is as it must be/);
  });
});

describe('pingjia person', () => {
  it('shows the applicants of a case with a reason, and refuses without one', async () => {
    const show = ['person', 'show', '--case', '231000202602130001'];
    expect((await run(...show)).code).toBe(2);
    expect((await run(...show, '--by', '李主任', '--reason', ' ')).code).toBe(2);
    const shown = await run(...show, ...who);
    expect(JSON.parse(shown.out)).toMatchObject({ assessNumber: null, applicant: { name: '张三' } });
    expect(await run('person', 'show', '--case', 'P-none', ...who)).toMatchObject({ code: 1, out: '' });
  });

  it('forgets whoever has a document only when told --yes; then nothing of them can be shown, and verify passes', async () => {
    const file = join(folder, 'document');
    writeFileSync(file, '111 230103199001011234\n');
    const forget = ['person', 'forget', '--document-file', file, ...who];
    expect(await run(...forget)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Would destroy .* named in 1 cases\.$/),
    });
    expect(await run(...forget, '--yes')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Destroyed /),
    });
    expect((await run(...forget, '--yes')).code).toBe(1);
    const shown = await run('person', 'show', '--case', '231000202602130001', ...who);
    expect(JSON.parse(shown.out)).toMatchObject({ forgotten: true, applicant: null });
    const exported = await run('export', ...period, '--format', 'jsonl', '--with-persons', ...who);
    expect(exported.out).not.toMatch(/13812345678/);
    expect(await run('verify', '--json')).toMatchObject({ code: 0, err: '' });
  });
});

describe('pingjia anchor and verify', () => {
  it('anchor the newest fact and compare it, and say with an exit code that something differs', async () => {
    expect((await run('anchor')).out).toMatch(
      /^\{"hall":"test-hall","at":"[^"]+","fact":\d+,"head":"[0-9a-f]{64}","mac":/,
    );
    expect((await run('verify')).out).toMatch(/; 1 anchors agree; /);
    expect(existsSync(join(folder, 'anchors.jsonl'))).toBe(true);
    const other = join(folder, 'other.jsonl');
    writeFileSync(other, 'made up\n');
    const found = await run('verify', '--anchors', other);
    expect(found).toMatchObject({ code: 1, out: expect.stringMatching(/^anchor\.changed: .* line 1 of /) });
    expect((await run('verify', '--anchors', join(folder, 'none'))).code).toBe(1);
  });
});
