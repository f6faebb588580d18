import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorldClock } from '../ports.ts';
import type { ProvinceBehaviour } from './behaviours/behaviour.ts';
import { silentAcceptance } from './behaviours/silent-acceptance.ts';
import { slow } from './behaviours/slow.ts';
import { unavailable } from './behaviours/unavailable.ts';
import { compactTime, parseCompactTime, signCall } from './envelope.ts';
import { readProvinceStore } from './read-store.ts';
import { type Province, startProvince } from './server.ts';

const credentials = { appMark: 'qinghekou', appWord: '口令-1' };
const nowMs = Date.UTC(2026, 1, 13, 1, 30, 0);
const clock: WorldClock = {
  wallMs: () => nowMs,
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const service = {
  projectNo: '2301022026021300001',
  serviceNumber: '1',
  serviceName: '窗口受理',
  serviceTime: '2026-02-13 09:20:00',
  projectName: '关于食品经营许可证核发的申请',
  taskCode: '1123010200135792462040131019004',
  taskName: '食品经营许可证核发',
  proManager: '李䶮',
  proChannel: '2',
  proStatus: '3',
};
const evaluation = {
  projectNo: service.projectNo,
  assessNumber: '1',
  pf: '4',
  satisfaction: '5',
  assessTime: '2026-02-13 09:21:05',
};

let folder: string;
let file: string;
let province: Province;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-province-'));
  file = join(folder, 'province.sqlite');
  province = await startProvince({ file, port: 0, credentials, clock });
});
afterEach(async () => {
  await province.stop();
  rmSync(folder, { recursive: true });
});

function sealed(params: object, changes: Record<string, unknown> = {}): string {
  const time = compactTime(nowMs);
  const inner = { appMark: credentials.appMark, time, sign: signCall(credentials, time), params, ...changes };
  return JSON.stringify({ txnBodyCom: inner, txnCommCom: {} });
}

async function call(path: string, body: string) {
  const response = await fetch(province.url + path, { method: 'POST', body });
  return {
    status: response.status,
    description: response.headers.get('C-Response-Desc'),
    ...((await response.json()) as { code: string; msg: string }),
  };
}

const accepted = { status: 200, description: 'success', code: '0' };
const refused = (code: string) => ({ status: 200, description: 'fail', code });

describe('the provincial system', () => {
  it('records a service and then its evaluation, once', async () => {
    expect(await call('/service', sealed(service))).toMatchObject(accepted);
    expect(await call('/evaluation', sealed(evaluation))).toMatchObject(accepted);
    const { evaluations, refusals } = readProvinceStore(file);
    expect(evaluations).toMatchObject([
      { projectNo: service.projectNo, assessNumber: '1', level: 5, taskName: service.taskName },
    ]);
    expect(refusals).toEqual([]);
  });

  it('takes the same service record again as a correction', async () => {
    await call('/service', sealed(service));
    expect(await call('/service', sealed({ ...service, taskName: '更正' }))).toMatchObject(accepted);
  });

  it('refuses an evaluation without its service record (1001)', async () => {
    expect(await call('/evaluation', sealed(evaluation))).toMatchObject(refused('1001'));
    await call('/service', sealed(service));
    expect(await call('/evaluation', sealed({ ...evaluation, assessNumber: '2' }))).toMatchObject(
      refused('1001'),
    );
  });

  it('refuses the second evaluation of a service and keeps the first (1002)', async () => {
    await call('/service', sealed(service));
    await call('/evaluation', sealed(evaluation));
    expect(await call('/evaluation', sealed({ ...evaluation, satisfaction: '4' }))).toMatchObject(
      refused('1002'),
    );
    expect(readProvinceStore(file).evaluations).toMatchObject([{ level: 5 }]);
  });

  it.each(['2', '1'])(
    'refuses level %s with neither reason nor text, and takes it with one (1003)',
    async (level) => {
      await call('/service', sealed(service));
      const negative = { ...evaluation, satisfaction: level };
      expect(await call('/evaluation', sealed(negative))).toMatchObject(refused('1003'));
      expect(await call('/evaluation', sealed({ ...negative, writingEvaluation: '' }))).toMatchObject(
        refused('1003'),
      );
      const answered = { ...negative, writingEvaluation: '评价器按键,未填写原因' };
      expect(await call('/evaluation', sealed(answered))).toMatchObject(accepted);
    },
  );

  it('refuses a wrong signature, a foreign mark and a stale time (1004)', async () => {
    const stale = compactTime(nowMs - 3_600_000);
    for (const changes of [
      { sign: '0'.repeat(64) },
      { appMark: 'other' },
      { time: stale, sign: signCall(credentials, stale) },
      { time: compactTime(nowMs + 1000) },
    ]) {
      expect(await call('/service', sealed(service, changes)), JSON.stringify(changes)).toMatchObject(
        refused('1004'),
      );
    }
  });

  it.each([
    ['taskCode', '123'],
    ['taskCode', `${service.taskCode}0`],
    ['taskName', ''],
    ['taskName', undefined],
    ['serviceTime', '2026-02-13T09:20:00'],
    ['serviceTime', '2026-13-01 09:20:00'],
    ['proChannel', '4'],
    ['proStatus', '0'],
    ['areaCode', '230102'],
    ['deptCode', '1'],
    ['projectNo', '项目'],
    ['taskHandleItem', '9'.repeat(33)],
  ])('refuses a service whose %s is %j (1005)', async (field, value) => {
    const answer = await call('/service', sealed({ ...service, [field]: value }));
    expect(answer).toMatchObject(refused('1005'));
    expect(answer.msg).toContain(field);
  });

  it.each([
    ['satisfaction', '6'],
    ['satisfaction', 5],
    ['pf', '9'],
    ['assessTime', '20260213092105'],
    ['evalDetail', '510,108'],
    ['evalDetail', '51'],
    ['assessNumber', undefined],
  ])('refuses an evaluation whose %s is %j (1005)', async (field, value) => {
    await call('/service', sealed(service));
    const answer = await call('/evaluation', sealed({ ...evaluation, [field]: value }));
    expect(answer).toMatchObject(refused('1005'));
    expect(answer.msg).toContain(field);
  });

  it.each([
    '',
    '[]',
    '{"txnBodyCom":{}}',
    sealed(service, { params: [] }),
    sealed(service, { time: '20260230000000' }),
  ])('refuses a body that is no call: %j (1005)', async (body) => {
    expect(await call('/service', body)).toMatchObject(refused('1005'));
  });

  it('knows its own compact times in Asia/Shanghai', () => {
    expect(compactTime(nowMs)).toBe('20260213093000');
    expect(parseCompactTime('20260213093000')).toBe(nowMs);
    expect(parseCompactTime('20260230093000')).toBeUndefined();
  });

  it('refuses connections while cut, and has everything afterwards on the same address', async () => {
    await call('/service', sealed(service));
    await province.cut();
    await expect(call('/evaluation', sealed(evaluation))).rejects.toThrow();
    await province.restore();
    expect(await call('/evaluation', sealed(evaluation))).toMatchObject(accepted);
  });

  it('can be unavailable, slow, or break off after it has accepted', async () => {
    const calls = async (behaviour: ProvinceBehaviour) => {
      province.behave([behaviour]);
      const response = await fetch(`${province.url}/service`, { method: 'POST', body: sealed(service) });
      return response.status;
    };
    expect(await calls(unavailable())).toBe(503);
    expect(readProvinceStore(file).evaluations).toEqual([]);
    expect(await calls(slow({ delayMs: 20 }))).toBe(200);
    province.behave([silentAcceptance({ calls: 1 })]);
    await expect(call('/evaluation', sealed(evaluation))).rejects.toThrow();
    expect(await call('/evaluation', sealed(evaluation))).toMatchObject(refused('1002'));
    expect(readProvinceStore(file).evaluations).toHaveLength(1);
  });
});
