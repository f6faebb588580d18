import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { inDatabase } from '../testing/in-database.ts';
import { startTestHall, type TestHall } from '../testing-hall.ts';
import { makeReleaseKeys, signRelease } from '../updates/release.ts';
import { runCommandLine } from './program.ts';

const keys = makeReleaseKeys();
let hall: TestHall;
let config: string;
let release: string;

function configFile(name: string, more: object): string {
  const path = join(hall.folder, name);
  const { hall: place, windows } = hall.config;
  const settings = { hall: place, dataFolder: 'data', masterKeyFile: 'secrets/master.key', windows, ...more };
  writeFileSync(path, stringify(settings));
  return path;
}

beforeAll(async () => {
  hall = await startTestHall({ updates: { releaseKey: keys.publicKey } });
  await hall.register('a01', 'a01');
  await hall.register('a02', 'a02');
  config = configFile('pingjia.yaml', { updates: { releaseKey: keys.publicKey } });
  release = join(hall.folder, 'one.release');
  const manifest = `${JSON.stringify({ version: '1.2.3', board: 'linux', files: [] })}\n`;
  const images = [{ board: 'linux', data: Buffer.from(manifest) }];
  writeFileSync(release, signRelease({ version: '1.2.3', images }, keys.privateKeyPem));
});
afterAll(() => hall.end());

async function update(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(['update', ...args], {
    environment: { PINGJIA_CONFIG: config },
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    stopRequested: () => Promise.resolve(),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const states = async () =>
  (await update('status')).out.split('\n').map((line) => line.split('\t').slice(0, 3).join(' '));
/** As the running gateway notes how it goes. */
async function note(state: 'sending' | 'installing'): Promise<void> {
  const at = { version: '1.2.3', code: undefined, offset: 1024, atMs: Date.now() };
  await inDatabase(hall.config, ({ writer }) =>
    writer.submit('note-update', { device: 'a02', state, ...at }),
  );
}

describe('pingjia update', () => {
  it('says that there is nothing before anything was ordered', async () => {
    expect(await update('status')).toMatchObject({ code: 0, out: 'No update was ordered.' });
    expect(await update('stop')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: update\.not-open: /),
    });
  });

  it('orders a signed release for the whole hall and lists how each evaluator fares', async () => {
    expect(await update('start', '--release', release)).toMatchObject({
      code: 0,
      err: '',
      out: '1.2.3 (linux) is ordered for a01, a02.',
    });
    expect(await states()).toEqual(['a01 1.2.3 ordered', 'a02 1.2.3 ordered']);
  });

  it('stops what is not being installed yet, for good, until it is ordered again', async () => {
    await note('sending');
    expect(await update('stop', '--window', 'a02')).toEqual({ code: 0, err: '', out: 'Stopped for a02.' });
    expect(await states()).toEqual(['a01 1.2.3 ordered', 'a02 1.2.3 stopped']);
    await note('sending');
    expect(await states()).toContain('a02 1.2.3 stopped');
    const pending = await inDatabase(hall.config, ({ reader }) => reader.pendingUpdates());
    expect(pending.map(({ device }) => device)).toEqual(['a01']);
    expect(await update('stop', '--devices', 'a02')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/update\.not-open/),
    });
    expect(await update('start', '--release', release, '--devices', 'a02')).toMatchObject({ code: 0 });
    expect(await states()).toContain('a02 1.2.3 ordered');
  });

  it('says where it is too late to stop', async () => {
    await note('installing');
    expect(await update('stop', '--devices', 'a02')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^pingjia: update\.installing: a02 /),
    });
    expect(await update('stop')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Stopped for a01\.\na02 installs already/),
    });
  });

  it('refuses evaluators that are not there, and to trust a release without a key, with a code for each', async () => {
    expect(await update('stop', '--devices', 'a01,zz')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: device\.unknown: .*zz/),
    });
    expect(await update('stop', '--window', 'a03')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: device\.none: /),
    });
    const without = configFile('without.yaml', {});
    expect(await update('start', '--release', release, '--config', without)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^pingjia: update\.no-key: /),
    });
  });
});
