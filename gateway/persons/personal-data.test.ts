import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';

const applicant = {
  name: '欧阳建国',
  kind: 'natural-person',
  document: { type: '111', number: '230103199001011234' },
  nationalAccount: 'gov-7f3c11d2',
  mobile: '13812345678',
  agent: { name: '李四', document: { type: '111', number: '230103198502022345' } },
};
const service = {
  serviceName: '受理',
  servedAt: '2026-02-13T09:30:00+08:00',
  staff: TEST_STAFF,
  window: 'a01',
};
const matter = { taskCode: '1123100000000000014000118004001', taskName: '不动产转移登记' };

let hall: TestHall;
const put = (path: string, body: object, idempotencyKey?: string) =>
  hall.call('PUT', path, { body, ...(idempotencyKey && { idempotencyKey }) });

describe('an applicant', () => {
  beforeAll(async () => {
    hall = await startTestHall();
  });
  afterAll(() => hall.end());

  it('is taken with a case and with a service, and shown masked', async () => {
    expect((await put('/v1/cases/P-1', { ...matter, applicant })).status).toBe(201);
    expect((await put('/v1/cases/P-1/services/1', { ...service, applicant: { name: '王五' } })).status).toBe(
      201,
    );
    const { body } = await hall.call('GET', '/v1/cases/P-1');
    expect(body).toMatchObject({
      applicant: {
        forgotten: false,
        name: '欧***',
        document: { type: '111', number: '2301**********1234' },
        nationalAccount: 'go********d2',
        mobile: '138****5678',
        agent: { name: '李*', document: { number: '2301**********2345' } },
      },
      services: [{ applicant: { forgotten: false, name: '王*' } }],
    });
  });

  it('is the same again when put again, and gone from the record when put without', async () => {
    const changes: unknown[] = [];
    for (const given of [applicant, applicant, { ...applicant, mobile: '13900000000' }, undefined]) {
      const answer = await put('/v1/cases/P-2', { ...matter, ...(given && { applicant: given }) });
      changes.push(answer.body.change);
    }
    expect(changes).toEqual(['created', 'unchanged', 'updated', 'updated']);
    expect((await hall.call('GET', '/v1/cases/P-2')).body.applicant).toBeNull();
  });

  it('may be repeated with an idempotency key, and another one under the same key is refused', async () => {
    const body = { ...matter, applicant };
    expect((await put('/v1/cases/P-3', body, 'once')).body.change).toBe('created');
    await hall.restart();
    expect((await put('/v1/cases/P-3', body, 'once')).body.change).toBe('created');
    const other = { ...matter, applicant: { ...applicant, name: '欧阳卫国' } };
    expect(await put('/v1/cases/P-3', other, 'once')).toMatchObject({
      status: 409,
      body: { code: 'idempotency.different' },
    });
  });

  it.each([
    [{}, 'body.applicant'],
    [{ name: '' }, 'body.applicant.name'],
    [{ mobile: 'call me' }, 'body.applicant.mobile'],
    [{ document: { number: '1' } }, 'body.applicant.document.type'],
    [{ kind: 'child' }, 'body.applicant.kind'],
    [{ agent: {} }, 'body.applicant.agent'],
    [{ birthday: '1990' }, 'body.applicant.birthday'],
  ])('that is not described rightly is refused: %j', async (given, field) => {
    const answer = await put('/v1/cases/P-1', { ...matter, applicant: given });
    expect([answer.status, answer.body.field]).toEqual([400, field]);
  });
});

describe('the way upstream', () => {
  it('gives the provincial system the applicant under its national names', async () => {
    const received: Record<string, string>[] = [];
    const province = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { txnBodyCom } = JSON.parse(Buffer.concat(chunks).toString()) as {
          txnBodyCom: { params: Record<string, string> };
        };
        received.push(txnBodyCom.params);
        response.setHeader('C-Response-Desc', 'success');
        response.end(JSON.stringify({ code: '0' }));
      });
    });
    await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(province.address() as AddressInfo).port}`;
    hall = await startTestHall({
      upstream: [{ id: 'province', kind: 'http', url, appMark: 'hall', appWord: 'word' }],
    });
    try {
      await put('/v1/cases/P-1', { ...matter, applicant });
      await put('/v1/cases/P-1/services/1', service);
      await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
      expect(received[0]).toMatchObject({
        userName: '欧阳建国',
        userProp: '1',
        userPageType: '111',
        certKey: '230103199001011234',
        certKeyGOV: 'gov-7f3c11d2',
        handleUserName: '李四',
        handleUserPageType: '111',
        handleUserPageCode: '230103198502022345',
        mobile: '13812345678',
        creditType: '111',
        creditNum: '230103199001011234',
      });
    } finally {
      await hall.end();
      province.closeAllConnections();
      await new Promise((resolve) => province.close(resolve));
    }
  });
});
