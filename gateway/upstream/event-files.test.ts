import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceRecord, UpstreamConnector, UpstreamRecord } from './connector.ts';
import { makeEventFiles } from './event-files.ts';

const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);
const service: ServiceRecord = {
  projectNo: 'p',
  assessNumber: 1,
  taskCode: 't',
  taskName: '居住证签注',
  projectName: undefined,
  areaCode: undefined,
  deptCode: undefined,
  details: {},
  serviceName: '受理',
  servedAtMs: shanghai('2026-02-13 09:30:00'),
  acceptedAtMs: undefined,
  completedAtMs: undefined,
  staff: { badgeId: 'A1023', name: '张三' },
  applicant: { name: '李四' },
};
const record: UpstreamRecord = {
  kind: 'evaluation',
  record: {
    projectNo: 'p',
    assessNumber: 1,
    level: 2,
    reasons: [213],
    pressedAtMs: shanghai('2026-02-13 09:31:00'),
  },
  revision: 2,
  replaces: { idempotencyKey: 'k0', kind: 'default', level: 3 },
  service,
};

let folder: string;
let nowMs: number;
const opened: UpstreamConnector[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'events-')), 'handover');
  nowMs = shanghai('2026-02-13 10:00:00');
});
afterEach(async () => {
  for (const connector of opened.splice(0)) await connector.close!();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});
function open(limitBytes = 1_000_000) {
  const connector = makeEventFiles({ folder, hall: 'hall', limitBytes, nowMs: () => nowMs });
  opened.push(connector);
  return (key: string, item = record) =>
    connector.send(item, { idempotencyKey: key, signal: new AbortController().signal });
}
const files = () => readdirSync(folder).sort();
const lines = () =>
  files().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
const keys = () => lines().map((line) => (JSON.parse(line) as { key: string }).key);
const delivered = { outcome: 'delivered' };

describe('files of events', () => {
  it('hold one line for each event, with its key, what it replaces, and nobody’s personal data', async () => {
    const send = open();
    expect(await send('s1', { kind: 'service', record: service, revision: 1 })).toEqual(delivered);
    expect(await send('k1')).toEqual(delivered);
    const [first, second] = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ key: 's1', kind: 'service', hall: 'hall', taskName: '居住证签注' });
    expect(JSON.stringify(first)).not.toContain('李四');
    expect(second).toEqual({
      key: 'k1',
      kind: 'evaluation',
      hall: 'hall',
      projectNo: 'p',
      assessNumber: 1,
      revision: 2,
      replaces: 'k0',
      level: 2,
      reasons: [213],
      at: '2026-02-13T09:31:00+08:00',
    });
  });

  it('hold what is sent again only once, also after a restart', async () => {
    const send = open();
    await Promise.all(['a', 'b', 'a', 'c'].map((key) => send(key)));
    expect(await send('b')).toEqual(delivered);
    expect(keys()).toEqual(['a', 'b', 'c']);
    const again = open();
    await Promise.all(['a', 'c', 'd'].map((key) => again(key)));
    expect(keys()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are mended wherever a crash has torn the last line, and everything sent again stands there once', async () => {
    const all = ['a', 'b', 'c', 'd'];
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (cut) => {
        rmSync(folder, { recursive: true, force: true });
        const send = open();
        for (const key of all) await send(key);
        const [name] = files() as [string];
        const { length } = readFileSync(join(folder, name));
        truncateSync(join(folder, name), cut % (length + 1));
        const again = open();
        for (const key of all) expect(await again(key)).toEqual(delivered);
        expect(keys()).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  it('begin anew every day and beyond their size, and go on in the newest when the clock is set back', async () => {
    const send = open(400);
    for (const key of ['a', 'b', 'c', 'd']) await send(key);
    nowMs = shanghai('2026-02-14 00:00:00');
    await send('e');
    nowMs = shanghai('2026-02-12 08:00:00');
    await send('f');
    expect(files()).toEqual([
      'evaluations-2026-02-13-0001.jsonl',
      'evaluations-2026-02-13-0002.jsonl',
      'evaluations-2026-02-14-0001.jsonl',
    ]);
    expect(keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    const again = open(400);
    expect(await again('d')).toEqual(delivered);
    expect(keys()).toHaveLength(6);
  });

  it('count nothing as delivered while they cannot be written, and go on by themselves', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    const send = open();
    expect(await send('a')).toMatchObject({ outcome: 'failed' });
    rmSync(folder);
    mkdirSync(folder);
    expect(await send('a')).toEqual(delivered);
    expect(keys()).toEqual(['a']);
  });
});
