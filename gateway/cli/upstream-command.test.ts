import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { loadMasterKeys } from '../fleet/master-key.ts';
import { openForReading } from '../store/open-database.ts';
import { openStore } from '../store/store.ts';
import { applierTo } from '../testing/applier.ts';
import { runCommandLine } from './program.ts';

let folder: string;
let config: string;
let out: string[];
let err: string[];
const run = async (...argv: string[]) => {
  out = [];
  err = [];
  return runCommandLine(argv, {
    environment: { PINGJIA_CONFIG: config },
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    stopRequested: () => new Promise(() => undefined),
  });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upstream-'));
  config = join(folder, 'hall', 'pingjia.yaml');
  expect(await run('init', join(folder, 'hall'))).toBe(0);
  const loaded = loadConfig({ file: config, environment: {} });
  if (!loaded.ok) throw new Error('the configuration is wrong');
  const { dataFolder, masterKeyFile } = loaded.config;
  const store = openStore({ dataFolder, chainKey: loadMasterKeys(masterKeyFile).chain });
  const apply = applierTo(() => store);
  const body = {
    taskCode: '1',
    taskName: '居住证签注',
    projectName: undefined,
    areaCode: undefined,
    deptCode: undefined,
    acceptedAtMs: undefined,
  };
  const staff = { badgeId: '1', name: '张三' };
  for (const projectNo of ['p1', 'p2']) {
    apply('put-case', { projectNo, body, atMs: 1 });
    const service = { projectNo, assessNumber: 1, serviceName: '受理', servedAtMs: 1, staff, window: 'a01' };
    apply('put-service', { ...service, atMs: 1 });
  }
  const connectors = ['province', 'bus'].map((id) => ({ id, kind: 'http' }));
  const { numbers } = apply('set-connectors', { connectors });
  for (const connectorNo of Object.values(numbers)) apply('take-outbox', { connectorNo, upTo: 2, atMs: 1 });
  for (const outbox of [1, 2]) {
    const at = { connectorNo: numbers.province!, outbox };
    apply('begin-delivery', at);
    const result = { state: 'refused', code: '1005', reason: `报文字段缺失 ${outbox}` } as const;
    apply('settle-delivery', { ...at, result, atMs: 5 });
  }
  const bus = { connectorNo: numbers.bus!, outbox: 1 };
  apply('begin-delivery', bus);
  apply('settle-delivery', { ...bus, result: { state: 'delivered' }, atMs: 5 });
  store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const facts = () => {
  const database = openForReading(join(folder, 'hall', 'data'));
  try {
    return database
      .prepare("SELECT kind, subject, body FROM fact WHERE kind IN ('upstream.retried', 'upstream.skipped')")
      .all() as { kind: string; subject: string; body: string }[];
  } finally {
    database.close();
  }
};
const who = ['--by', '李主任', '--reason', '已在省平台补录'];

describe('pingjia upstream', () => {
  it('lists what was refused with code and reason, newest first, and shows how every connector stands to it', async () => {
    expect(await run('upstream', 'list')).toBe(0);
    expect(out.map((line) => line.split('\t').slice(0, 7))).toEqual([
      ['2', 'province', 'p2/1', 'service', 'refused', '1005', '报文字段缺失 2'],
      ['1', 'province', 'p1/1', 'service', 'refused', '1005', '报文字段缺失 1'],
    ]);
    expect(await run('upstream', 'list', '--connector', 'bus')).toBe(0);
    expect(out).toEqual([]);
    expect(await run('upstream', 'show', '1')).toBe(0);
    expect(JSON.parse(out[0]!)).toMatchObject({
      projectNo: 'p1',
      kind: 'service',
      connectors: [
        { connector: 'province', state: 'refused', attempts: 1, code: '1005' },
        { connector: 'bus', state: 'delivered' },
      ],
    });
    expect(await run('upstream', 'show', '99')).toBe(1);
    expect(err[0]).toMatch(/There is no record 99/);
    expect(await run('upstream', 'show', 'x')).toBe(2);
  });

  it('sends again or takes off the list, and keeps who decided and why as a fact', async () => {
    expect(await run('upstream', 'skip', '1', ...who)).toBe(0);
    expect(out).toEqual(['1 province p1/1 is off the list.']);
    expect(await run('upstream', 'retry', '--all', ...who)).toBe(0);
    expect(out).toEqual(['2 province p2/1 will be sent again.']);
    expect(facts().map(({ kind, subject, body }) => [kind, subject, JSON.parse(body)])).toEqual([
      [
        'upstream.skipped',
        'p1',
        expect.objectContaining({ connector: 'province', by: '李主任', reason: '已在省平台补录' }),
      ],
      ['upstream.retried', 'p2', expect.objectContaining({ by: '李主任' })],
    ]);
    expect(await run('upstream', 'list')).toBe(0);
    expect(out).toEqual([]);
  });

  it('does nothing without who, why and which, nor to what nobody waits for', async () => {
    expect(await run('upstream', 'retry', '1')).toBe(2);
    expect(await run('upstream', 'retry', ...who)).toBe(2);
    expect(await run('upstream', 'skip', '77', ...who)).toBe(1);
    expect(err[0]).toMatch(/None of them waits for a person/);
    expect(facts()).toEqual([]);
  });
});
