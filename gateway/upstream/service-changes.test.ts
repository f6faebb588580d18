// What becomes of a service record after it was sent: over the API of a real gateway, to a province over real HTTP and
// to files, until nothing waits.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestHall, TEST_STAFF, type TestHall } from '../testing-hall.ts';

const WAIT = { timeout: 20_000 };

let received: Record<string, string>[];
/** Whether the province takes a record. */
let takes: (params: Record<string, string>) => boolean;
let province: Server;
let hall: TestHall;

beforeEach(async () => {
  received = [];
  takes = () => true;
  province = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { txnBodyCom } = JSON.parse(Buffer.concat(chunks).toString()) as {
        txnBodyCom: { params: Record<string, string> };
      };
      const isTaken = takes(txnBodyCom.params);
      if (isTaken && request.url === '/service') received.push(txnBodyCom.params);
      response.setHeader('C-Response-Desc', isTaken ? 'success' : 'fail');
      response.end(JSON.stringify({ code: isTaken ? '0' : '1005', msg: '事项编码不存在' }));
    });
  });
  await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await hall.end();
  province.closeAllConnections();
  await new Promise((resolve) => province.close(resolve));
});

async function start(profile = 'national'): Promise<void> {
  hall = await startTestHall({
    upstream: [
      {
        id: 'province',
        kind: 'http',
        profile,
        url: `http://127.0.0.1:${(province.address() as AddressInfo).port}`,
        appMark: 'hall',
        appWord: 'word',
      },
      { id: 'files', kind: 'file', folder: 'exchange' },
    ],
  });
}
const put = async (path: string, body: object, method = 'PUT') => {
  const answer = await hall.call(method, path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
};
const putCase = (taskName: string) =>
  put('/v1/cases/P-1', { taskCode: '1123100000000000014000118004001', taskName });
const putService = (assessNumber: number, serviceName: string) =>
  put(`/v1/cases/P-1/services/${assessNumber}`, {
    serviceName,
    servedAt: '2026-02-13T09:30:00+08:00',
    staff: TEST_STAFF,
    window: 'a01',
  });
const complete = () => put('/v1/cases/P-1/completion', { completedAt: '2026-02-13T09:35:00+08:00' }, 'POST');
const settled = () =>
  expect
    .poll(async () => (await hall.call('GET', '/v1/status')).body.backlog, WAIT)
    .toMatchObject({ records: 0 });
const inFiles = () =>
  readdirSync(join(hall.folder, 'exchange'))
    .flatMap((name) => readFileSync(join(hall.folder, 'exchange', name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a service record that was sent', () => {
  it('is sent again, for each service, when its case is completed or put right, and by nothing else', async () => {
    await start();
    await putCase('居住证签注');
    await putService(1, '受理');
    await putService(2, '领证');
    await settled();
    expect(received.map(({ proStatus }) => proStatus)).toEqual(['2', '2']);
    await complete();
    await complete();
    await putService(2, '领证');
    await settled();
    expect(received.slice(2)).toEqual([
      expect.objectContaining({ serviceNumber: '1', proStatus: '3', resultDate: '2026-02-13 09:35:00' }),
      expect.objectContaining({ serviceNumber: '2', proStatus: '3' }),
    ]);
    await putService(1, '预审');
    await settled();
    expect(received.slice(4)).toEqual([expect.objectContaining({ serviceNumber: '1', serviceName: '预审' })]);
    await putCase('居住证换领');
    await settled();
    expect(received.slice(5).map(({ taskName }) => taskName)).toEqual(['居住证换领', '居住证换领']);
    const events = inFiles().filter(({ assessNumber }) => assessNumber === 1);
    expect(events.map(({ key, revision, serviceName }) => [key, revision, serviceName])).toEqual([
      ['s:P-1:1', 1, '受理'],
      ['s:P-1:1:2', 2, '受理'],
      ['s:P-1:1:3', 3, '预审'],
      ['s:P-1:1:4', 4, '预审'],
    ]);
  });

  it('that was refused leaves the list once it is put right and taken', async () => {
    takes = ({ taskName }) => taskName !== '居住证';
    await start();
    await putCase('居住证');
    await putService(1, '受理');
    const refused = async () => (await hall.call('GET', '/v1/status')).body.refusals;
    await expect.poll(refused, WAIT).toMatchObject({ count: 1 });
    await putCase('居住证签注');
    await settled();
    expect(received).toEqual([expect.objectContaining({ taskName: '居住证签注' })]);
    expect(await refused()).toMatchObject({ count: 0 });
  });

  it('stays as it is where the profile of the province says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'profile-'));
    const file = join(folder, 'own.yaml');
    const national = readFileSync(new URL('profiles/national.yaml', import.meta.url), 'utf8');
    writeFileSync(file, national.replace('serviceChanges: again', 'serviceChanges: none'));
    await start(file);
    rmSync(folder, { recursive: true });
    await putCase('居住证签注');
    await putService(1, '受理');
    await settled();
    await complete();
    await settled();
    expect(received.map(({ proStatus }) => proStatus)).toEqual(['2']);
    expect(inFiles()).toHaveLength(2);
  });
});
