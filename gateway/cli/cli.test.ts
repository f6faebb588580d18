import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { allSettings } from '../config/settings.ts';
import type { DeviceIdentity } from '../fleet/registry.ts';
import { DATABASE_FILE } from '../store/open-database.ts';
import { connectDevice } from '../testing/device-client.ts';
import { makeProgram } from './program.ts';

const bin = fileURLToPath(new URL('../../bin/pingjia.js', import.meta.url));
const children = new Set<ChildProcess>();

function start(args: string[], environment: Record<string, string> = {}) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PINGJIA_'));
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...Object.fromEntries(own), ...environment },
  });
  children.add(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.err += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  return { child, output, ended };
}

async function run(args: string[], environment: Record<string, string> = {}) {
  const { output, ended } = start(args, environment);
  const code = await ended;
  return { code, out: output.out.trimEnd(), err: output.err.trimEnd() };
}

let folder: string;
let config: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pingjia-cli-'));
  const made = await run(['init', join(folder, 'hall'), '--hall', 'demo', '--name', '示范大厅']);
  expect(made).toMatchObject({ code: 0, err: '' });
  config = join(folder, 'hall', 'pingjia.yaml');
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const freePorts = { PINGJIA_BROKER_PORT: '0', PINGJIA_HTTP_PORT: '0', PINGJIA_BROKER_HOST: '127.0.0.1' };

describe('pingjia --help', () => {
  const program = makeProgram({
    environment: {},
    out: () => undefined,
    err: () => undefined,
    ownAddresses: () => [],
    stopRequested: () => Promise.resolve(),
  });
  const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];
  const helpOf = (command: Command) => {
    let text = '';
    const writeOut = (part: string) => {
      text += part;
    };
    command.configureOutput({ writeOut }).outputHelp();
    return text;
  };

  it('tells of every command its purpose, exit codes and an example', () => {
    const leaves = commandsOf(program).filter((command) => command.commands.length === 0);
    expect(leaves.map((command) => `${command.parent!.name()} ${command.name()}`)).toEqual([
      'pingjia gateway',
      'config check',
      'config print',
      'config example',
      'pingjia init',
      'device register',
      'device list',
      'device show',
      'device provision',
      'device measure',
      'device replace',
      'device rekey',
      'device reboot',
      'device logs',
      'device revoke',
      'device abandon',
      'key new',
      'pingjia status',
      'upstream list',
      'upstream show',
      'upstream retry',
      'upstream skip',
      'clock confirm',
      'pingjia backup',
      'pingjia restore',
      'person show',
      'person forget',
      'pingjia verify',
      'pingjia export',
      'pingjia anchor',
      'release keygen',
      'release sign',
      'release show',
      'update start',
      'update stop',
      'update status',
      'broker export',
      'pingjia doctor',
    ]);
    for (const command of leaves) {
      const help = helpOf(command);
      expect(command.description(), command.name()).toMatch(/\S{3}/);
      expect(help, command.name()).toMatch(/Exit codes: 0 /);
      expect(help, command.name()).toMatch(/Example: {4}.*pingjia /);
    }
  });

  it('names every setting and its environment override', () => {
    const help = helpOf(program.commands.find((command) => command.name() === 'config')!);
    for (const { path, environmentName } of allSettings()) {
      expect(help).toContain(path);
      if (environmentName) expect(help).toContain(environmentName);
    }
  });

  it('is printed with exit code 0 when asked for, and wrong usage gives 2', async () => {
    const [help, version, unknown, missing] = await Promise.all([
      run(['--help']),
      run(['--version']),
      run(['gatewy']),
      run(['key', 'new']),
    ]);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('config');
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'gatewy'") });
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('--name') });
  });
});

describe('pingjia init, key and config', () => {
  it('makes a configuration that is right, and a master key that only its owner can read', async () => {
    expect(statSync(join(folder, 'hall', 'secrets', 'master.key')).mode & 0o077).toBe(0);
    expect(existsSync(join(folder, 'hall', 'data'))).toBe(true);
    expect(loadConfig({ file: config, environment: {} }).ok).toBe(true);
    const [check, again] = await Promise.all([
      run(['config', 'check', '--config', config]),
      run(['init', join(folder, 'hall')]),
    ]);
    expect(check).toMatchObject({ code: 0, err: '', out: expect.stringContaining('is right') });
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/is there already/) });
  });

  it('says every mistake in a line of its own, with exit code 2', async () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(
      wrong,
      'hall: { id: X, name: 大厅 }\ndataFolder: d\nmasterKeyFile: hall/secrets/master.key\nport: 1\n',
    );
    const { code, err, out } = await run(['config', 'check', '-c', wrong]);
    expect([code, out]).toEqual([2, '']);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^pingjia: hall\.id: /),
      expect.stringMatching(/^pingjia: port: is not a setting/),
    ]);
  });

  it('prints what is in force without any secret', async () => {
    const own = join(folder, 'hall', 'printed.yaml');
    const environment = {
      PINGJIA_CONFIG: own,
      PINGJIA_HTTP_PORT: '9999',
      PINGJIA_UPSTREAM_PROVINCE_APP_WORD: 'top-secret',
    };
    writeFileSync(
      own,
      `${readFileSync(config, 'utf8')}upstream: [{ id: province, kind: http, url: "http://h/x", appMark: m }]\n`,
    );
    const { code, out } = await run(['config', 'print'], environment);
    expect(code).toBe(0);
    expect(out).toContain('port: 9999');
    expect(out).toContain('示范大厅');
    expect(out).not.toContain('top-secret');
  });

  it('makes a key whose hash is what the configuration takes', async () => {
    const { out } = await run(['key', 'new', '--name', 'queue']);
    expect(out).toMatch(/pj_[\w-]{32}\n.*\n {4}- \{ name: queue, keySha256: [0-9a-f]{64} \}$/);
  });
});

describe('pingjia gateway, device and status', () => {
  it('runs a hall: registers an evaluator, serves it, shows the status, stops when asked', async () => {
    const made = await run(['key', 'new', '--name', 'queue']);
    const key = /pj_\S+/.exec(made.out)![0];
    // Pasted as it was printed.
    const entry = made.out.split('\n').at(-1)!;
    const own = join(folder, 'hall', 'own.yaml');
    writeFileSync(own, readFileSync(config, 'utf8').replace('apiKeys: []', `apiKeys:\n${entry}`));

    const gateway = start(['gateway', '--config', own], freePorts);
    await expect.poll(() => gateway.output.out, { timeout: 45_000 }).toMatch(/^ready mqtt:\S+ http:\S+\n$/);
    const [, port, url] = /^ready mqtt:\/\/127\.0\.0\.1:(\d+) (http:\S+)/.exec(gateway.output.out)!;

    const register = ['device', 'register', '-c', own, '--id', 'a01', '--window'];
    expect(await run([...register, 'z99'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no window "z99"/),
    });
    const registered = await run([...register, 'a01']);
    expect(registered).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^provision\(\{.*\}\)$/),
    });
    expect(await run([...register, 'a02'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is registered already/),
    });

    const identity = JSON.parse(registered.out.slice('provision('.length, -1)) as DeviceIdentity;
    const device = await connectDevice({ identity, port: Number(port), boot: 1, conn: 1 });
    await device.sayHello();
    await device.waitFor(({ kind, message }) => kind === 'control' && message.do === 'desk');
    const [status, json, wrongKey, list] = await Promise.all([
      run(['status', '--url', url!], { PINGJIA_API_KEY: key }),
      run(['status', '--url', url!, '--key', key, '--json']),
      run(['status', '--url', url!, '--key', 'pj_wrong']),
      run(['device', 'list', '-c', own]),
    ]);
    expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/a01 at a01: online, unsent 0/) });
    expect(JSON.parse(json.out)).toMatchObject({ hall: { id: 'demo' }, backlog: { records: 0 } });
    expect(wrongKey).toMatchObject({ code: 1, err: expect.stringMatching(/answered 401: .*key new/) });
    expect(list).toMatchObject({ code: 0, out: 'a01\ta01\tregistered\trecords 0\tonline' });
    expect(await run(['device', 'revoke', 'a01', '-c', own])).toMatchObject({
      code: 0,
      out: 'a01 is revoked.',
    });
    expect(await run(['device', 'revoke', 'a99', '-c', own])).toMatchObject({ code: 1 });
    expect(await run(['clock', 'confirm', '-c', own])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^The clock is not in doubt: \d{4}-/),
    });
    await device.end();

    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.out.split('\n').length).toBe(2);
    expect(await run(['status', '--url', url!, '--key', key])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No gateway answers at .*ECONNREFUSED/),
    });
  });

  it('does not start with a port in use, an unusable data folder or a newer database, and says so in one line', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const port = String((taken.address() as AddressInfo).port);
    await run(['device', 'list', '-c', config]);
    const newer = join(folder, 'newer');
    await run(['init', newer]);
    await run(['device', 'list', '-c', join(newer, 'pingjia.yaml')]);
    const database = new Database(join(newer, 'data', DATABASE_FILE));
    database.pragma('user_version = 999');
    database.close();
    writeFileSync(join(folder, 'file'), '');
    const cases = await Promise.all([
      run(['gateway', '-c', config], { ...freePorts, PINGJIA_HTTP_PORT: port, PINGJIA_LOG_LEVEL: 'silent' }),
      run(['gateway', '-c', config], { ...freePorts, PINGJIA_DATA_FOLDER: join(folder, 'file', 'x') }),
      run(['gateway', '-c', join(newer, 'pingjia.yaml')], freePorts),
      run(['gateway', '-c', join(folder, 'none.yaml')]),
    ]);
    taken.close();
    expect(cases.map(({ code }) => code)).toEqual([1, 1, 1, 2]);
    expect(cases.map(({ err }) => err)).toEqual([
      expect.stringMatching(/^pingjia: Cannot open the HTTP API: .* is in use\. .*\.$/),
      expect.stringMatching(/^pingjia: Cannot use the data folder .*\.$/),
      expect.stringMatching(/^pingjia: .* newer version .*\.$/),
      expect.stringMatching(/^pingjia: .*none\.yaml: cannot be read .*\.$/),
    ]);
  });
});
