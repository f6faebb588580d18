import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from './compose.ts';
import { createMasterKeyFile } from './fleet/master-key.ts';
import { openDeviceDatabase } from './fleet-access.ts';
import { StartFailure } from './start-failure.ts';
import { DATABASE_FILE } from './store/open-database.ts';
import { putCase, startTestHall, type TestHall } from './testing-hall.ts';

let hall: TestHall;
beforeEach(async () => {
  hall = await startTestHall();
});
afterEach(() => hall.end());

const logger = pino({ level: 'silent' });
async function failureOf(config: TestHall['config']): Promise<string> {
  const error = await startGateway(config, { logger }).then(
    async (gateway) => {
      await gateway.stop();
      return new Error('it started');
    },
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(StartFailure);
  return (error as StartFailure).message;
}

describe('a gateway', () => {
  it('keeps what it stored across a stop and a start on the same folder', async () => {
    await putCase(hall, 'P-1');
    const device = await hall.connect(await hall.register('a01', 'a01'));
    await device.sayHello();
    const services = [{ projectNo: 'P-1', assessNumber: 1 }];
    const { body } = await hall.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
    await device.sendRecord(device.sign({ seq: 1, level: 1, invitation: body.invitation as string }));
    await hall.restart();
    const list = await hall.call('GET', '/v1/evaluations');
    expect(list.body.evaluations).toEqual([expect.objectContaining({ device: 'a01', seq: 1, level: 1 })]);
  });

  it('stops twice as well as once', async () => {
    await Promise.all([hall.gateway.stop(), hall.gateway.stop()]);
    await hall.gateway.stop();
  });

  it('does not start when a port is taken, and says which setting to change', async () => {
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await hall.gateway.stop();
    const http = { ...hall.config, http: { ...hall.config.http, port } };
    expect(await failureOf(http)).toMatch(/HTTP API: .* is in use\. .* http\.port/);
    const broker = { ...hall.config, broker: { ...hall.config.broker, port } };
    expect(await failureOf(broker)).toMatch(/MQTT broker: .* is in use\. .* broker\.port/);
    await new Promise((resolve) => taken.close(resolve));
    await hall.restart();
  });

  it('does not open a data folder it may not use, or the database of a newer version', async () => {
    await hall.gateway.stop();
    writeFileSync(join(hall.folder, 'file'), '');
    expect(await failureOf({ ...hall.config, dataFolder: join(hall.folder, 'file', 'data') })).toMatch(
      /Cannot use the data folder/,
    );
    const database = new Database(join(hall.config.dataFolder, DATABASE_FILE));
    const version = database.pragma('user_version', { simple: true }) as number;
    database.pragma('user_version = 999');
    expect(await failureOf(hall.config)).toMatch(/written by a newer version/);
    database.pragma(`user_version = ${version}`);
    database.close();
  });

  it('does not start with the master key of another hall', async () => {
    await hall.register('a01', 'a01');
    await hall.gateway.stop();
    const masterKeyFile = join(hall.folder, 'secrets', 'other.key');
    createMasterKeyFile(masterKeyFile);
    expect(await failureOf({ ...hall.config, masterKeyFile })).toMatch(/does not belong to the data folder/);
  });

  it('takes evaluators that are registered while it runs, and drops those that are revoked', async () => {
    const identity = await hall.register('a01', 'a01');
    const device = await hall.connect(identity);
    await device.sayHello();
    await putCase(hall, 'P-1');
    const devices = await openDeviceDatabase(hall.config);
    expect(await devices.registry.revoke('a01')).toEqual({ ok: true });
    await devices.close();
    await expect.poll(() => device.mqtt.connected, { timeout: 10_000 }).toBe(false);
    await expect(hall.connect(identity)).rejects.toThrow();
    const status = await hall.call('GET', '/v1/status');
    expect(status.body).toMatchObject({ devices: [], wireErrors: { 'connect.revoked': 1 } });
    await hall.connect(await hall.register('a01-b', 'a01'));
  });
});

describe('the way from a key to the provincial system', () => {
  it('delivers the service record and then the evaluation, and shows refusals and backlog', async () => {
    const received: { path: string; params: Record<string, string> }[] = [];
    let away = true;
    const province = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (away) return void request.socket.destroy();
        const { txnBodyCom } = JSON.parse(Buffer.concat(chunks).toString()) as {
          txnBodyCom: { params: Record<string, string> };
        };
        const { params } = txnBodyCom;
        received.push({ path: request.url!, params });
        const code = params.projectNo === 'P-bad' && request.url === '/evaluation' ? '1005' : '0';
        response.setHeader('C-Response-Desc', code === '0' ? 'success' : 'fail');
        response.end(JSON.stringify({ code, msg: '报文字段缺失' }));
      });
    });
    await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(province.address() as AddressInfo).port}`;
    const own = await startTestHall({
      upstream: [
        {
          id: 'province',
          kind: 'http',
          url,
          appMark: 'hall',
          appWord: 'word',
          retryBaseMs: 5,
          retryLimitMs: 50,
        },
      ],
    });
    try {
      const identity = await own.register('a01', 'a01');
      const device = await own.connect(identity);
      await device.sayHello();
      for (const [index, projectNo] of ['P-good', 'P-bad'].entries()) {
        await putCase(own, projectNo);
        const services = [{ projectNo, assessNumber: 1 }];
        const { body } = await own.call('POST', '/v1/invitations', { body: { window: 'a01', services } });
        await device.sendRecord(
          device.sign({ seq: index + 1, level: 1, invitation: body.invitation as string }),
        );
      }
      const status = async () => (await own.call('GET', '/v1/status')).body;
      await expect.poll(status, { timeout: 10_000 }).toMatchObject({
        backlog: { records: 4 },
        upstream: [{ id: 'province', breaker: 'open', records: 4 }],
      });
      await own.restart();
      const back = await own.connect(identity);
      await back.sayHello({ acked: 2, next: 3 });
      away = false;
      await expect.poll(status, { timeout: 10_000 }).toMatchObject({
        backlog: { records: 0, oldestAt: null },
        upstream: [{ breaker: 'closed', records: 0, refused: 1 }],
        refusals: {
          count: 1,
          latest: [{ projectNo: 'P-bad', kind: 'evaluation', code: '1005', reason: '报文字段缺失' }],
        },
      });
      for (const projectNo of ['P-good', 'P-bad']) {
        const paths = received.filter(({ params }) => params.projectNo === projectNo).map(({ path }) => path);
        expect(paths).toEqual(['/service', '/evaluation']);
      }
      const sent = received.find(
        ({ path, params }) => path === '/evaluation' && params.projectNo === 'P-good',
      );
      expect(sent!.params).toMatchObject({
        satisfaction: '1',
        pf: '4',
        writingEvaluation: '评价器按键,未填写原因',
      });
      const list = await own.call('GET', '/v1/evaluations');
      const states = (list.body.evaluations as { services: { upstream: string }[] }[]).map(
        ({ services }) => services[0]!.upstream,
      );
      expect(states).toEqual(['delivered', 'refused']);
    } finally {
      await own.end();
      province.closeAllConnections();
      await new Promise((resolve) => province.close(resolve));
    }
  });
});
