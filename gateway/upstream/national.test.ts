import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { sm2, sm3 } from 'sm-crypto-v2';
import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../config/problems.ts';
import type { Replaced, ServiceRecord, UpstreamRecord } from './connector.ts';
import { builtInProfiles, loadProfile } from './load-profile.ts';
import { meaningOf } from './national-answer.ts';
import { nationalBody, nationalParams, nationalTime } from './national-mapping.ts';
import { Profile } from './profile.ts';
import { signatureOf } from './signature.ts';

function builtIn(name: string): Profile {
  const loaded = loadProfile(name, { folder: '/', at: 'profile' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.profile;
}
const national = builtIn('national');
const reversed = builtIn('sm2-reversed');
const keyed = builtIn('keyed-sm3');

const servedAtMs = Date.parse('2026-02-13T09:30:05+08:00');
const service: ServiceRecord = {
  projectNo: '2310-2026-0001',
  assessNumber: 2,
  taskCode: '11230000MB1234567XT4000',
  taskName: '不动产转移登记',
  projectName: undefined,
  areaCode: '231000000000',
  deptCode: undefined,
  details: {},
  serviceName: '受理',
  servedAtMs,
  acceptedAtMs: Date.parse('2026-02-12T23:59:59+08:00'),
  completedAtMs: undefined,
  staff: { badgeId: 'A1023', name: '张三' },
};
const evaluation = (
  level: number,
  more: { reasons?: number[]; replaces?: Replaced } = {},
): UpstreamRecord => ({
  kind: 'evaluation',
  record: { projectNo: 'p', assessNumber: 1, level, reasons: more.reasons ?? [], pressedAtMs: servedAtMs },
  revision: more.replaces ? 2 : 1,
  replaces: more.replaces,
  service,
});
const paramsOf = (item: UpstreamRecord, profile = national) => nationalParams(item, profile).params;

describe('the national names and codes', () => {
  it('describe a service as the interface asks, and leave out what is not known', () => {
    expect(paramsOf({ kind: 'service', record: service, revision: 1 })).toEqual({
      projectNo: '2310-2026-0001',
      serviceNumber: '2',
      serviceName: '受理',
      serviceTime: '2026-02-13 09:30:05',
      projectName: '不动产转移登记',
      taskCode: '11230000MB1234567XT4000',
      taskName: '不动产转移登记',
      areaCode: '231000000000',
      proManager: '张三',
      proChannel: '2',
      proStatus: '2',
      acceptDate: '2026-02-12 23:59:59',
    });
    const completed = { ...service, completedAtMs: servedAtMs };
    expect(paramsOf({ kind: 'service', record: completed, revision: 1 })).toMatchObject({
      proStatus: '3',
      resultDate: '2026-02-13 09:30:05',
    });
  });

  it('say all that a window system told of the case and the applicant', () => {
    const record: ServiceRecord = {
      ...service,
      details: {
        taskHandleItem: '11230000MB1234567XT400001',
        subMatter: '存量房',
        projectType: '1',
        departmentName: '自然资源局',
        orgCode: '12230000',
        orgName: '不动产登记中心',
        promiseDays: 3,
        anticipatedDays: 30,
      },
      applicant: {
        name: '李四',
        kind: 'natural-person',
        document: { type: '111', number: '230103199001011234' },
        mobile: '13900000000',
        agent: { name: '王五', document: { type: '111', number: '230103198001011234' } },
      },
    };
    expect(paramsOf({ kind: 'service', record, revision: 1 })).toMatchObject({
      taskHandleItem: '11230000MB1234567XT400001',
      subMatter: '存量房',
      projectType: '1',
      proDepart: '自然资源局',
      orgcode: '12230000',
      orgName: '不动产登记中心',
      promiseDay: '3',
      anticipateDay: '30',
      userName: '李四',
      userProp: '1',
      userPageType: '111',
      certKey: '230103199001011234',
      mobile: '13900000000',
      handleUserName: '王五',
    });
  });

  it('count satisfaction from 5 best to 1 worst, made at an evaluator', () => {
    for (const level of [5, 4, 3, 2, 1]) {
      const params = paramsOf(evaluation(level));
      expect(params).toMatchObject({ satisfaction: String(level), pf: '4', assessNumber: '1' });
      expect(params.assessTime).toBe('2026-02-13 09:30:05');
    }
  });

  it('count the other way round only where the profile of the province says so', () => {
    expect([5, 4, 3, 2, 1].map((level) => paramsOf(evaluation(level), reversed).satisfaction)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('give a negative evaluation the fixed text only where it has no reason, and mark it as supplied', () => {
    const sent = (level: number, reasons: number[] = []) => {
      const { params, suppliedText } = nationalParams(evaluation(level, { reasons }), reversed);
      return [params.writingEvaluation, suppliedText];
    };
    const text = '评价器按键,未填写原因';
    expect([sent(2), sent(1)]).toEqual([
      [text, text],
      [text, text],
    ]);
    expect([sent(3), sent(5), sent(1, [108])]).toEqual([
      ['', undefined],
      ['', undefined],
      ['', undefined],
    ]);
    expect(paramsOf(evaluation(1, { reasons: [101, 105] })).evalDetail).toBe('101,105');
  });

  it('mark a default by the channel of the profile, without any words, at the end of the term', () => {
    const termEndsMs = Date.parse('2026-03-10T00:00:00+08:00');
    const record = { projectNo: 'p', assessNumber: 1, level: 3, termEndsMs };
    const item: UpstreamRecord = { kind: 'default', record, revision: 1, replaces: undefined, service };
    expect(paramsOf(item)).toEqual({
      projectNo: 'p',
      assessNumber: '1',
      pf: '7',
      satisfaction: '3',
      evalDetail: '',
      writingEvaluation: '',
      assessTime: '2026-03-10 00:00:00',
    });
  });

  it('name a correction a further service where the province takes it so', () => {
    const replaces: Replaced = { idempotencyKey: 'k', kind: 'default', level: 3 };
    expect(paramsOf(evaluation(5, { replaces }), reversed).assessNumber).toBe('1001');
    expect(paramsOf(evaluation(5, { replaces }), keyed).assessNumber).toBe('1');
  });

  it('are renamed, left out and added to as the profile says', () => {
    const profile = {
      ...national,
      rename: { pf: 'channel' },
      omit: ['evalDetail'],
      constants: { dataSource: '9' },
    };
    const params = paramsOf(evaluation(5), profile);
    expect(params).toMatchObject({ channel: '4', dataSource: '9' });
    expect(params).not.toHaveProperty('pf');
    expect(params).not.toHaveProperty('evalDetail');
  });

  it('write every moment as Shanghai shows it, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2090, 0) }), (timeMs) => {
        const text = nationalTime(timeMs);
        expect(Date.parse(`${text.replace(' ', 'T')}+08:00`)).toBe(Math.floor(timeMs / 1000) * 1000);
      }),
    );
  });
});

describe('the envelope', () => {
  const parts = { time: '20260213093005', appMark: 'hall', appWord: 'secret' };
  const identity = { appMark: 'hall', appWord: 'secret', signKey: undefined, nowMs: () => servedAtMs };

  it('signs time and application with the secret, in the time of Shanghai whatever the zone of the server', () => {
    expect(nationalBody({ a: '1' }, { ...identity, profile: national })).toEqual({
      txnBodyCom: {
        appMark: 'hall',
        time: '20260213093005',
        sign: createHmac('sha256', 'secret').update('20260213093005hall').digest('hex'),
        params: { a: '1' },
      },
      txnCommCom: {},
    });
  });

  it('is signed with SM3, HMAC or SM2, as the profile says', () => {
    // GB/T 32905-2016, example 1 of annex A, so that the algorithm itself is the right one.
    expect(sm3('abc')).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
    const sign = (signature: object, signKey?: string) =>
      signatureOf(parts, {
        signature: Profile.shape.signature.parse({ over: ['time', 'appMark', 'appWord'], ...signature }),
        signKey,
      });
    expect(sign({ method: 'sm3' })).toBe(sm3('20260213093005hallsecret'));
    expect(sign({ method: 'sm3', encoding: 'base64' })).toBe(
      Buffer.from(sm3('20260213093005hallsecret'), 'hex').toString('base64'),
    );
    expect(sign({ method: 'hmac-sm3', over: ['time', 'appMark'] })).toBe(
      sm3('20260213093005hall', { key: Buffer.from('secret') }),
    );
    const { privateKey, publicKey } = sm2.generateKeyPairHex();
    const made = sign({ method: 'sm2' }, privateKey);
    const verifies = (text: string) =>
      sm2.doVerifySignature(text, made, publicKey, { hash: true, userId: '1234567812345678' });
    expect([verifies('20260213093005hallsecret'), verifies('20260213093006hallsecret')]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the answer of a province', () => {
  const told = (answer: { status?: number; header?: string | null; body?: unknown }, profile = national) => {
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
    return meaningOf({ status: answer.status ?? 200, header: answer.header ?? null, body }, profile).outcome;
  };

  it('is a success by its header, by its code, or by both', () => {
    expect(told({ header: 'success' })).toBe('delivered');
    expect(told({ body: { code: '0' } })).toBe('delivered');
    expect(told({ body: { code: 0 }, header: 'success' })).toBe('delivered');
    expect(told({ body: { code: '200' }, header: 'success' }, reversed)).toBe('delivered');
    expect(told({ body: { code: '0' } }, reversed)).toBe('refused');
  });

  it('is a refusal only with a code of its own, and none if it is about the signature', () => {
    expect(told({ body: { code: '1003', msg: '缺少原因' }, header: 'fail' })).toBe('refused');
    expect(told({ body: { code: '1002' } })).toBe('already-there');
    expect(told({ body: { code: '1004' }, header: 'fail' })).toBe('failed');
  });

  it.each([
    ['an error of the server', { status: 500, body: { code: '0' } }],
    ['half an answer', { body: '{"code":"0' }],
    ['a page of a proxy', { body: '<html></html>', header: 'success' }],
    ['a list', { body: [] }],
    ['nothing', { body: '' }],
    ['a contradiction', { body: { code: '9' }, header: 'success' }],
    ['the other contradiction', { body: { code: '0' }, header: 'fail' }],
    ['no verdict at all', { body: { msg: '稍后再试' } }],
  ])('is a failure, to be tried again, when it is %s', (_, answer) => {
    expect(told(answer)).toBe('failed');
  });
});

describe('a profile', () => {
  it('is built in for three ways that provinces have the interface, each under its own name', () => {
    expect(builtInProfiles()).toEqual(['keyed-sm3', 'national', 'sm2-reversed']);
    for (const name of builtInProfiles()) expect(builtIn(name).name).toBe(name);
  });

  it('of a file is checked to the last setting, above all for the text of negative evaluations', () => {
    const folder = mkdtempSync(join(tmpdir(), 'profile-'));
    const problems = (change: (text: string) => string) => {
      const text = readFileSync(new URL('./profiles/national.yaml', import.meta.url), 'utf8');
      writeFileSync(join(folder, 'own.yaml'), change(text));
      const loaded = loadProfile('own.yaml', { folder, at: 'upstream[0].profile' });
      return loaded.ok ? [] : loaded.problems.map(sentenceOf);
    };
    try {
      expect(problems((text) => text)).toEqual([]);
      expect(problems((text) => text.replace(/negativeText.*\n/, ''))).toEqual([
        expect.stringMatching(
          /^upstream\[0\]\.profile → own\.yaml → negativeText: must be a text: provinces refuse/,
        ),
      ]);
      expect(problems((text) => text.replace("default: '7'", "default: '4'"))).toEqual([
        expect.stringMatching(/channels\.default: must differ from the channel of evaluators/),
      ]);
      expect(problems((text) => text.replace("5: '5'", "5: '4'"))).toEqual([
        expect.stringMatching(/levels: must give five different codes/),
      ]);
      expect(problems((text) => text.replace('hmac-sha256', 'sm3'))).toEqual([
        expect.stringMatching(/signature\.over: must be over appWord too/),
      ]);
      expect(problems((text) => text.replace('{ by: list }', '{ by: fax }'))).toEqual([
        expect.stringMatching(/corrections\.by: must be \{ by: list \}/),
      ]);
      expect(problems((text) => `${text}colour: red\n`)).toEqual([
        expect.stringMatching(/colour: is not a setting of a profile/),
      ]);
      expect(problems(() => 'a: [')).toEqual([expect.stringMatching(/cannot be read/)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const unknown = loadProfile('mars', { folder, at: 'upstream[0].profile' });
    expect(!unknown.ok && sentenceOf(unknown.problems[0]!)).toMatch(
      /is no profile\. Give one of keyed-sm3, national/,
    );
  });
});
