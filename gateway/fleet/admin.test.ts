// `pingjia device` against a running gateway and without one: the commands run in this process, the gateway and its
// socket are real.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runCommandLine } from '../cli/program.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';

let hall: TestHall;
let config: string;
beforeAll(async () => {
  hall = await startTestHall();
  config = join(hall.folder, 'pingjia.yaml');
  const { windows } = hall.config;
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
