import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from './connector.ts';
import {
  defaultParams,
  evaluationParams,
  nationalBody,
  nationalTime,
  serviceParams,
} from './national-mapping.ts';

const profile = { negativeText: '评价器按键,未填写原因' };
const service: ServiceRecord = {
  projectNo: '2310-2026-0001',
  assessNumber: 2,
  taskCode: '11230000MB1234567XT4000',
  taskName: '不动产转移登记',
  projectName: undefined,
  areaCode: '231000000000',
  deptCode: undefined,
  serviceName: '受理',
  servedAtMs: Date.parse('2026-02-13T09:30:05+08:00'),
  acceptedAtMs: Date.parse('2026-02-12T23:59:59+08:00'),
  completedAtMs: undefined,
  staff: { badgeId: 'A1023', name: '张三' },
};

describe('the national names and codes', () => {
  it('describe a service as the interface asks, and leave out what is not known', () => {
    expect(serviceParams(service)).toEqual({
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
    expect(serviceParams({ ...service, completedAtMs: service.servedAtMs })).toMatchObject({
      proStatus: '3',
      resultDate: '2026-02-13 09:30:05',
    });
  });

  it('count satisfaction from 5 best to 1 worst, made at an evaluator', () => {
    for (const level of [5, 4, 3, 2, 1]) {
      const params = evaluationParams(
        { projectNo: 'p', assessNumber: 1, level, reasons: [], pressedAtMs: service.servedAtMs },
        profile,
      );
      expect(params).toMatchObject({ satisfaction: String(level), pf: '4', assessNumber: '1' });
      expect(params.assessTime).toBe('2026-02-13 09:30:05');
    }
  });

  it('give a negative evaluation the fixed text only where it has no reason', () => {
    const text = (level: number, reasons: number[]) =>
      evaluationParams({ projectNo: 'p', assessNumber: 1, level, reasons, pressedAtMs: 0 }, profile);
    expect(text(2, []).writingEvaluation).toBe('评价器按键,未填写原因');
    expect(text(1, []).writingEvaluation).toBe('评价器按键,未填写原因');
    expect(text(3, []).writingEvaluation).toBe('');
    expect(text(1, [101, 105])).toMatchObject({ writingEvaluation: '', evalDetail: '101,105' });
  });

  it('mark a default by the channel of the profile, without any words, at the end of the term', () => {
    const termEndsMs = Date.parse('2026-03-10T00:00:00+08:00');
    const record = { projectNo: 'p', assessNumber: 1, level: 3, termEndsMs };
    expect(defaultParams(record, { defaultChannel: 7 })).toEqual({
      projectNo: 'p',
      assessNumber: '1',
      pf: '7',
      satisfaction: '3',
      evalDetail: '',
      writingEvaluation: '',
      assessTime: '2026-03-10 00:00:00',
    });
  });

  it('sign time and application with the secret, in the time of Shanghai whatever the zone of the server', () => {
    const body = nationalBody({ a: '1' }, { appMark: 'hall', appWord: 'secret' }, service.servedAtMs);
    expect(body).toEqual({
      txnBodyCom: {
        appMark: 'hall',
        time: '20260213093005',
        sign: createHmac('sha256', 'secret').update('20260213093005hall').digest('hex'),
        params: { a: '1' },
      },
      txnCommCom: {},
    });
  });

  it('write every time so that it can be read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const text = nationalTime(seconds * 1000);
        expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        expect(Date.parse(`${text.replace(' ', 'T')}+08:00`)).toBe(seconds * 1000);
      }),
    );
  });
});
