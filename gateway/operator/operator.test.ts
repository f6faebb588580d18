// What an operator decides, given to a gateway that runs as a process of its own. The commands run in this process on
// a configuration with another master key: what they wrote themselves would break the chain of facts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../cli/program.ts';
import { createMasterKeyFile, loadMasterKeys } from '../fleet/master-key.ts';
import { openForReading } from '../store/open-database.ts';
import { openStore } from '../store/store.ts';
import { applierTo } from '../testing/applier.ts';
import { makeProgramFolder, type ProgramFolder, type RunningProgram } from '../testing/gateway-program.ts';
import { makeReleaseKeys, signRelease } from '../updates/release.ts';
import { verify } from '../verify/verify.ts';

const WAIT = { timeout: 30_000 };
const DAY_MS = 86_400_000;
const keys = makeReleaseKeys();
const who = ['--by', '李主任', '--reason', '已核实'];

let hall: ProgramFolder;
let running: RunningProgram | undefined;

async function run(...args: string[]) {
  const said = { out: [] as string[], err: [] as string[] };
  const code = await runCommandLine(args, {
    environment: { PINGJIA_CONFIG: join(hall.folder, 'command.yaml') },
    out: (line) => void said.out.push(line),
    err: (line) => void said.err.push(line),
    stopRequested: () => Promise.resolve(),
  });
  return { code, out: said.out.join('\n'), err: said.err.join('\n') };
}
const facts = (kind: string) => {
  const database = openForReading(hall.dataFolder);
  try {
    return database.prepare('SELECT count(*) FROM fact WHERE kind = ?').pluck().get(kind);
  } finally {
    database.close();
  }
};
const alarms = async () => {
  const answer = await fetch(new URL('/readyz', running!.httpUrl));
  return ((await answer.json()) as { warnings: string[] }).warnings;
};

beforeEach(async () => {
  hall = makeProgramFolder(
    `windows: [{ id: a01, label: A01 }]
http: { host: 127.0.0.1, port: 0 }
updates: { releaseKey: "${keys.publicKey}" }
upstream: [{ id: files, kind: file, folder: exchange }]
`,
  );
  await hall.register(['a01'], () => 'a01');
  const settings = readFileSync(join(hall.folder, 'pingjia.yaml'), 'utf8');
  createMasterKeyFile(join(hall.folder, 'secrets', 'other.key'));
  writeFileSync(join(hall.folder, 'command.yaml'), settings.replace('master.key', 'other.key'));
  // Two days ago: a database that was restored, two refused records; nothing since, which puts the clock in doubt.
  const atMs = Date.now() - 2 * DAY_MS;
  const store = openStore({
    dataFolder: hall.dataFolder,
    chainKey: loadMasterKeys(hall.masterKeyFile).chain,
  });
  const apply = applierTo(() => store);
  for (const projectNo of ['p1', 'p2']) {
    const body = { taskCode: '1', taskName: '居住证签注', projectName: undefined };
    const rest = { areaCode: undefined, deptCode: undefined, acceptedAtMs: undefined };
    apply('put-case', { projectNo, body: { ...body, ...rest }, atMs });
    const service = { projectNo, assessNumber: 1, serviceName: '受理', servedAtMs: atMs, window: 'a02' };
    apply('put-service', { ...service, staff: { badgeId: '1', name: '张三' }, atMs });
  }
  const { numbers } = apply('set-connectors', { connectors: [{ id: 'files', kind: 'file' }] });
  const connectorNo = numbers.files!;
  apply('take-outbox', { connectorNo, upTo: 2, atMs });
  for (const outbox of [1, 2]) {
    apply('begin-delivery', { connectorNo, outbox });
    const result = { state: 'refused', code: '1005', reason: '报文字段缺失' } as const;
    apply('settle-delivery', { connectorNo, outbox, result, atMs });
  }
  apply('begin-epoch', { cause: { kind: 'restore' }, atMs });
  store.close();
});
afterEach(async () => {
  running?.child.kill('SIGTERM');
  await running?.exited;
  running = undefined;
  hall.remove();
});

describe('an order to a running gateway', () => {
  it('is carried out by the gateway itself, at once: clock, evaluator, upstream and firmware', async () => {
    running = await hall.start();
    await expect.poll(alarms, WAIT).toEqual(expect.arrayContaining(['clock.held', 'epoch.catching-up']));

    expect(await run('clock', 'confirm')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^The clock is confirmed: 20/),
    });
    expect(await run('clock', 'confirm')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/not in doubt/),
    });
    expect(await run('device', 'abandon', 'zz', ...who)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^pingjia: device\.unknown: .*pingjia device list/),
    });
    expect(await run('device', 'abandon', 'a01', ...who)).toEqual({
      code: 0,
      err: '',
      out: 'a01 is not waited for any more.',
    });
    await expect.poll(alarms, WAIT).not.toEqual(expect.arrayContaining(['epoch.catching-up']));
    expect(await alarms()).not.toContain('clock.held');

    expect((await run('upstream', 'list')).out.split('\n')).toHaveLength(2);
    expect(await run('upstream', 'retry', '1', ...who)).toEqual({
      code: 0,
      err: '',
      out: '1 files p1/1 will be sent again.',
    });
    await expect
      .poll(
        () =>
          readdirSync(join(hall.folder, 'exchange'))
            .map((name) => readFileSync(join(hall.folder, 'exchange', name), 'utf8'))
            .join(''),
        WAIT,
      )
      .toContain('"projectNo":"p1"');
    expect(await run('upstream', 'skip', '--all', ...who)).toMatchObject({
      code: 0,
      out: '2 files p2/1 is off the list.',
    });
    expect(await run('upstream', 'skip', '2', ...who)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: upstream\.not-waiting: /),
    });
    expect((await run('upstream', 'list')).out).toBe('');

    const manifest = `${JSON.stringify({ version: '1.2.3', board: 'linux', files: [] })}\n`;
    const release = join(hall.folder, 'one.release');
    const images = [{ board: 'linux', data: Buffer.from(manifest) }];
    writeFileSync(release, signRelease({ version: '1.2.3', images }, keys.privateKeyPem));
    expect(await run('update', 'start', '--release', release)).toEqual({
      code: 0,
      err: '',
      out: '1.2.3 (linux) is ordered for a01.',
    });
    expect((await run('update', 'status')).out).toMatch(/^a01\t1\.2\.3\tordered\t/);
    expect(await run('update', 'stop')).toMatchObject({ code: 0, out: 'Stopped for a01.' });

    for (const kind of [
      'clock.confirmed',
      'device.abandoned',
      'upstream.retried',
      'upstream.skipped',
      'update.ordered',
    ])
      expect([kind, facts(kind)]).toEqual([kind, 1]);
    const { dataFolder } = hall;
    const masterKeys = loadMasterKeys(hall.masterKeyFile);
    const whole = { hall: 'test-hall', dataFolder, masterKeys, anchorFile: undefined };
    const checked = verify({ ...whole, isKept: () => false, onProgress: () => undefined });
    expect(checked.findings).toEqual([]);
  });
});
