// `pingjia device` against a running gateway and without one: the commands run in this process, the gateway and its
// socket are real.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sealEnvelope, wrapKey } from '../../protocol/keys.ts';
import { runCommandLine } from '../cli/program.ts';
import type { Received } from '../testing/device-client.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';

const windows = Array.from({ length: 6 }, (_, index) => ({ id: `a0${index + 1}`, label: `A0${index + 1}` }));
let hall: TestHall;
let config: string;
beforeAll(async () => {
  hall = await startTestHall({ windows });
  config = join(hall.folder, 'pingjia.yaml');
  const settings = {
    hall: hall.config.hall,
    dataFolder: 'data',
    masterKeyFile: 'secrets/master.key',
    windows,
  };
  writeFileSync(config, stringify(settings));
});
afterAll(() => hall.end());

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: [] as string[], err: [] as string[] };
  const world = {
    environment: { PINGJIA_CONFIG: config },
    out: (line: string) => void said.out.push(line),
    err: (line: string) => void said.err.push(line),
    ownAddresses: () => [],
    stopRequested: () => Promise.resolve(),
  };
  const code = await runCommandLine(args, world);
  return { code, out: said.out.join('\n'), err: said.err.join('\n') };
}
const register = (id: string, window: string) => run('device', 'register', '--id', id, '--window', window);
const identityOf = (out: string) => JSON.parse(out.slice('provision('.length, -1));

it('gives an interrupted registration the same identity again, until the evaluator has connected', async () => {
  const first = await register('a01', 'A01');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(await register('a01', 'a01')).toEqual(first);
  const device = await hall.connect(identityOf(first.out));
  await device.sayHello();
  await device.waitFor(({ kind, message }) => kind === 'control' && message.do === 'desk');
  expect(await register('a01', 'a01')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/in service; its key is not given out again/),
  });
  expect(await register('a01', 'a02')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/registered already/),
  });
  expect(await register('a09', 'a01')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/window has an eval/),
  });
  expect((await run('device', 'list')).out).toBe('a01\ta01\tregistered\trecords 0\tonline');
  const shown = await run('device', 'show', 'a01');
  expect(shown.out).toMatch(/^link +online$/m);
  expect(shown.out).toMatch(/^firmware +test$/m);
  expect(await run('device', 'show', 'z9')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/No evaluator/),
  });
});

it('lets nobody look after evaluators with the key of a window system, nor open the socket of another user', async () => {
  expect(await hall.call('GET', '/v1/devices')).toMatchObject({
    status: 403,
    body: { code: 'key.not-admin' },
  });
  expect(statSync(join(hall.config.dataFolder, 'admin.sock')).mode & 0o777).toBe(0o600);
});

it('does the same on the database while no gateway runs', async () => {
  await hall.gateway.stop();
  expect((await run('device', 'list')).out).toBe('a01\ta01\tregistered\trecords 0');
  expect((await run('device', 'show', 'a01')).out).toMatch(/^link +unknown/m);
  const made = await register('a02', 'a02');
  expect(await register('a02', 'a02')).toEqual(made);
  expect(await run('device', 'revoke', 'a02')).toMatchObject({ code: 0 });
  expect((await run('device', 'list')).out).toMatch(/^a02\ta02\trevoked \d{4}-/m);
  expect(await run('device', 'revoke', 'z9')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/No evaluator/),
  });
  await hall.restart();
});

const online = async (out: string, numbers: { boot?: number } = {}) => {
  const device = await hall.connect(identityOf(out), numbers);
  await device.sayHello();
  await device.waitFor(({ kind, message }) => kind === 'control' && message.do === 'desk');
  return device;
};
const wants = (order: string) => (received: Received) =>
  received.kind === 'control' && received.message.do === order;
const healthOf = (unsent: number, flashErrors = 0) => ({
  uptime: 1,
  mem: { used: 1, total: 2 },
  journal: { unsent, capacity: 1000 },
  rssi: -50,
  stuck: [],
  bouncing: [],
  resets: 0,
  fault: 0,
  drift: null,
  flashErrors,
  screen: 'idle',
  previousGen: 0,
});

it('gives an evaluator a new key over the air: records under both count, only the new one connects', async () => {
  const { out } = await register('k1', 'a03');
  const identity = identityOf(out);
  const device = await online(out, { boot: 1 });
  const ordered = await run('device', 'rekey', 'k1');
  expect(ordered).toMatchObject({ code: 0, out: 'Key 2 of k1 is made; it is sent now.' });
  const { message } = await device.waitFor(wants('rekey'));
  const wrapped = Buffer.from(message.wrapped as string, 'hex');
  const gen = message.gen as number;
  const key = wrapKey(device.session.down, wrapped, { gen, n: message.n as number });
  const renewed = { ...identity, key, gen };
  expect((await run('device', 'show', 'k1')).out).toMatch(/generation 1, the next one waits/);
  await device.end();

  // It restarted before it took the key: the order comes again, with the same key.
  const before = await online(out, { boot: 2 });
  const again = (await before.waitFor(wants('rekey'))).message;
  const sealed = Buffer.from(again.wrapped as string, 'hex');
  expect(wrapKey(before.session.down, sealed, { gen, n: again.n as number })).toBe(key);
  const old = before.sign({ seq: 1 });
  await before.end();

  const after = await hall.connect(renewed, { boot: 3 });
  await after.sayHello({ gen });
  await after.sendRecord(old);
  await after.sendRecord(after.sign({ seq: 2, boot: 3 }));
  await after.waitFor(({ kind, message: { upTo } }) => kind === 'ack' && upTo === 2);
  expect((await run('device', 'show', 'k1')).out).toMatch(/^key +generation 2$/m);
  expect((await run('device', 'list')).out).toMatch(/^k1\ta03\tregistered\trecords 2\tonline$/m);
  await after.end();
  await expect(hall.connect(identity, { boot: 4 })).rejects.toThrow();
});

it('keeps a new key for an evaluator that is away, and restarts only one that is there', async () => {
  const { out } = await register('k2', 'a04');
  expect(await run('device', 'rekey', 'k2')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/next says hello/),
  });
  expect(await run('device', 'reboot', 'k2')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/not connected/),
  });
  const device = await online(`provision(${JSON.stringify({ ...identityOf(out), gen: 1 })})`);
  await device.waitFor(wants('rekey'));
  expect(await run('device', 'reboot', 'k2')).toMatchObject({ code: 0 });
  await device.waitFor(wants('reboot'));
  await device.end();
});

it('gives a window to a new evaluator and revokes the old one once it has delivered everything', async () => {
  const { out } = await register('r1', 'a05');
  const old = await online(out);
  expect(await run('device', 'replace', 'r1')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Evaluator a05 has/),
  });
  await old.waitFor(
    ({ kind, message }) => kind === 'control' && message.do === 'desk' && message.paused === true,
  );
  // What its window's new evaluator provisions as is the new one.
  expect((await run('device', 'list')).out).toMatch(/^r1\ta05\tretiring\trecords 0\tonline$/m);
  await old.publish('health', sealEnvelope(old.session.up, 'health', { n: 50, ...healthOf(1) }));
  await old.sendRecord(old.sign({ seq: 1 }));
  await old.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 1);
  expect((await run('device', 'list')).out).toMatch(/^r1\ta05\tretiring/m);
  await old.publish('health', sealEnvelope(old.session.up, 'health', { n: 51, ...healthOf(0) }));
  await expect.poll(async () => (await run('device', 'list')).out).toMatch(/^r1\ta05\trevoked/m);
  expect(await run('device', 'replace', 'r1')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is revoked/),
  });
  expect(await run('device', 'rekey', 'r1')).toMatchObject({ code: 1 });
  expect(await run('device', 'replace', 'a05', '--id', 'r1')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/registered already/),
  });
  expect(await run('device', 'replace', 'a05', '--force')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/a05 is revoked/),
  });
  expect((await run('device', 'list')).out).toMatch(/^a05-2\ta05\tregistered/m);
  await old.end();
});

it('tells what an evaluator told of itself, its quarantine among it', async () => {
  const { out } = await register('l1', 'a06');
  const device = await online(out, { boot: 7 });
  const told = { ...healthOf(0, 3), fault: 1, bouncing: [2], resets: 12, drift: -230 };
  await device.publish('health', sealEnvelope(device.session.up, 'health', { n: 60, ...told }));
  await expect
    .poll(async () => (await run('device', 'list')).out)
    .toMatch(/^l1\ta06\tregistered\trecords 0\tonline\tfault\tkeys\tclock$/m);
  const shown = (await run('device', 'show', 'l1')).out;
  for (const line of [
    'fault           code 1, see device/README.md',
    'keys            2 bounces',
    'resets          12',
    'clock           -230 ppm, -19.9 s a day',
    'flash errors    3',
    'to look at      fault, keys, clock',
  ])
    expect(shown.split('\n')).toContain(line);
  await device.sendRecord({ ...device.sign({ seq: 1 }), level: 1 });
  await device.waitFor(({ kind, message }) => kind === 'ack' && message.upTo === 1);
  await device.end();
  const lines = async (...more: string[]) =>
    (await run('device', 'logs', 'l1', ...more)).out.split('\n').map((line) => line.replace(/^\S+ /, ''));
  await expect
    .poll(lines)
    .toEqual([
      'hello boot=7 conn=1 clean=true firmware=test gen=1 unsent=0',
      'flash-errors count=3',
      'bouncing-keys levels=2',
      'resets count=12',
      'clock-drift ppm=-230',
      'fault screen=idle code=1',
      'quarantine seq=1 code=evaluation.signature',
      'offline boot=7 conn=1',
    ]);
  expect(await lines('--limit', '1')).toEqual(['offline boot=7 conn=1']);
  expect(await run('device', 'logs', 'l1', '--limit', '0')).toMatchObject({ code: 2 });
  expect(await run('device', 'logs', 'z9')).toMatchObject({ code: 1 });
});
