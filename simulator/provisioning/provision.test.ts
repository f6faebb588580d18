// `pingjia device provision` on simulated boards, over TCP, over a pseudo-terminal, and on the real interpreter:
// what it brings about, every way it fails, and what an interruption leaves.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachPrompt } from '../../gateway/fleet/provision/check-board.ts';
import { openPort } from '../../gateway/fleet/provision/open-port.ts';
import { makePromptClient } from '../../gateway/fleet/provision/prompt-client.ts';
import { realClock } from '../../gateway/real-clock.ts';
import { needs } from '../../scripts/testing/needs.ts';
import type { StorageFiles } from '../ports.ts';
import { cutAfter } from './cut-line.ts';
import { type ProvisioningHall, startProvisioningHall } from './testing.ts';

/** Of two boards, on a busy machine, where nothing is built yet. */
const FIRMWARE_BUILD_LIMIT_MS = 240_000;

let hall: ProvisioningHall;
let clockAheadMs = 0;
let nextWindow = 1;
const newWindow = () => `w${nextWindow++}`;
beforeAll(async () => {
  hall = await startProvisioningHall({
    clock: { ...realClock, nowMs: () => realClock.nowMs() + clockAheadMs },
  });
}, FIRMWARE_BUILD_LIMIT_MS);
afterAll(() => hall.end());

const listed = async (window: string) =>
  (await hall.run('device', 'list')).out.split('\n').filter((line) => line.split('\t')[1] === window);

describe('bringing a board into service', () => {
  it('writes and verifies everything, locks the prompt, ends when the gateway has heard it; repeating changes nothing', async () => {
    const window = newWindow();
    const board = await hall.board();
    const looked = await hall.provision(board.port, window, '--dry-run');
    expect(looked).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/Would write \.bootcde, .*pj\.lock, register/),
    });
    expect(await listed(window)).toEqual([]);
    const first = await hall.provision(board.port, window.toUpperCase());
    expect(first).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/verified: \.bootcde, .*pj\.lock\./),
    });
    expect(await listed(window)).toEqual([`${window}\t${window}\tregistered\trecords 0\tonline`]);
    const again = await hall.provision(board.port, window);
    expect(again).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/is in service/) });
    expect(again.out).not.toMatch(/verified|Registered/);
  });

  it('refuses another board at a window in service, and a board whose prompt another hall locked', async () => {
    const window = newWindow();
    const board = await hall.board();
    expect(await hall.provision(board.port, window)).toMatchObject({ code: 0 });
    const other = await hall.board();
    expect(await hall.provision(other.port, window)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^pingjia: identity\.in-service: .* replace/),
    });
    other.engine.prompt('E.setPassword("elsewhere");E.lockConsole()');
    const place = newWindow();
    expect(await hall.provision(other.port, place)).toMatchObject({
      err: expect.stringMatching(/prompt\.locked/),
    });
    const file = join(hall.hall.folder, 'unlock.txt');
    writeFileSync(file, 'elsewhere\n');
    expect(await hall.provision(other.port, place, '--unlock-file', file)).toMatchObject({ code: 0 });
  });

  it('does a whole list and reports each board', async () => {
    const [a, b] = [newWindow(), newWindow()];
    const board = await hall.board();
    const list = join(hall.hall.folder, 'devices.csv');
    const report = join(hall.hall.folder, 'report.csv');
    writeFileSync(list, `port,window\n${board.port},${a}\ntcp://127.0.0.1:1,${b}\n`);
    const gateway = `127.0.0.1:${hall.hall.gateway.addresses.mqtt.port}`;
    const told = await hall.run(
      'device',
      'provision',
      '--batch',
      list,
      '--report',
      report,
      '--gateway',
      gateway,
    );
    expect(told).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        new RegExp(`done +${a} [\\s\\S]*failed +${b} .*port\\.missing[\\s\\S]*1 of 2`),
      ),
      err: 'pingjia: 1 of 2 boards failed.',
    });
    expect(readFileSync(report, 'utf8')).toMatch(
      new RegExp(`^port,window,id,result,text,seconds\\n.*,${a},${a},ok,.*\\n.*,${b},${b},port\\.missing,`),
    );
  });
});

it('writes boot code first, takes the other slot away before its own, and locks last', async () => {
  const done: string[] = [];
  const recording = (files: StorageFiles): StorageFiles => ({
    ...files,
    write(name, data) {
      if (done.at(-1) !== name) done.push(name);
      files.write(name, data);
    },
    erase(name) {
      done.push(`erase ${name}`);
      files.erase(name);
    },
  });
  const board = await hall.board({ faultyFiles: recording });
  const other = ['pj-b.m', 'pj-b.js', 'pj-a.gone'];
  for (const name of other) board.engine.prompt(`require("Storage").write("${name}","x")`);
  await expect.poll(() => done, { timeout: 10_000 }).toEqual(other);
  done.length = 0;
  expect(await hall.provision(board.port, newWindow())).toMatchObject({ code: 0, err: '' });
  const written = done.filter((what) => !what.startsWith('erase'));
  expect(written[0]).toBe('.bootcde');
  expect(written.slice(-3)).toEqual(['pj-a.m', 'pj.net', 'pj.lock']);
  const firstOfSlot = done.findIndex((what) => what.startsWith('pj-a.'));
  for (const name of other) expect(done.slice(1, firstOfSlot)).toContain(`erase ${name}`);
});

describe('what can go wrong', () => {
  const fails = async (code: string, told: Promise<{ code: number; err: string }>) => {
    const { code: exit, err } = await told;
    expect(err).toMatch(new RegExp(`^pingjia: ${code.replace('.', '\\.')}: [^\\n]+\\.$`));
    expect(exit).toBe(1);
  };

  it('no port, and a port that another program uses', async () => {
    await fails('port.missing', hall.provision('tcp://127.0.0.1:1', newWindow()));
    await fails('port.missing', hall.provision('/dev/ttyNone', newWindow()));
    const board = await hall.board();
    const user = await openPort(board.port);
    await fails('port.busy', hall.provision(board.port, newWindow()));
    await user.close();
  });

  it('not an Espruino: something else that talks, or nothing', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.write('login: ')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const stream = await openPort(`tcp://127.0.0.1:${port}`);
    const limits = { findMs: 400, retryMs: 100, answerMs: 400 };
    const found = reachPrompt(makePromptClient(stream, { clock: realClock, limits }), []);
    await expect(found).rejects.toMatchObject({ code: 'prompt.not-espruino' });
    await stream.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('an interpreter that is too old, and a board with too little memory', async () => {
    const old = await hall.board({ version: '2v29' });
    await fails('interpreter.too-old', hall.provision(old.port, newWindow()));
    const small = await hall.board({ variables: 2000 });
    await fails('memory.short', hall.provision(small.port, newWindow()));
  });

  it('a full flash, and a file that does not read back', async () => {
    const full = await hall.board();
    full.engine.prompt('require("Storage").write("big","x",0,150000)');
    await fails('flash.full', hall.provision(full.port, newWindow()));
    const worn = await hall.board({ faultyFiles: corrupting('pj.net') });
    await fails('flash.verify', hall.provision(worn.port, newWindow()));
  });

  it('a Wi-Fi that is not there, or has another password; put right, the same command goes on', async () => {
    const window = newWindow();
    const board = await hall.board({ board: 'esp32-ili9341', wifi: { name: 'hall', password: 'right' } });
    const secret = join(hall.hall.folder, 'wifi.txt');
    let boardOnce: string[] = [];
    const join_ = (name: string, password: string, wait: string) => {
      writeFileSync(secret, `${password}\n`);
      return hall.provision(
        board.port,
        window,
        '--wifi',
        name,
        '--wifi-password-file',
        secret,
        ...boardOnce,
        '--wait',
        wait,
      );
    };
    // Two kinds of board have this chip: a new one must be told, and is known from then on.
    const untold = await join_('elsewhere', 'right', '1');
    await fails('board.unknown', Promise.resolve(untold));
    expect(untold.err).toMatch(/esp32-cyd, esp32-ili9341.* --board/);
    boardOnce = ['--board', 'esp32-ili9341'];
    const first = await join_('elsewhere', 'right', '1');
    boardOnce = [];
    await fails('wifi.not-found', Promise.resolve(first));
    expect(first.out).toMatch(/Bluetooth is switched off/);
    await fails('wifi.password', join_('hall', 'wrong', '1'));
    expect(await join_('hall', 'right', '30')).toMatchObject({ code: 0, err: '' });
    expect(await hall.provision(board.port, window)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--wifi/),
    });
  });

  it('a gateway that is not reached; with the right address the same command goes on', async () => {
    const window = newWindow();
    const board = await hall.board();
    const elsewhere = ['--gateway', '127.0.0.1:1', '--wait', '1'];
    await fails(
      'gateway.unreachable',
      hall.run('device', 'provision', '--port', board.port, '--window', window, ...elsewhere),
    );
    expect(await hall.provision(board.port, window)).toMatchObject({ code: 0 });
    expect(await listed(window)).toHaveLength(1);
  });

  it('a gateway whose clock is wrong, told although the evaluator is in service', async () => {
    const window = newWindow();
    const board = await hall.board();
    clockAheadMs = 3_600_000;
    await fails('clock.wrong', hall.provision(board.port, window));
    clockAheadMs = 0;
    expect((await listed(window))[0]).toMatch(/online$/);
  });
});

describe('an interruption at any point', () => {
  const points = Number(process.env.PROOF_PROVISION_CUTS ?? 3);
  it(
    `leaves what the next try completes, with the same identity (${points} points)`,
    async () => {
      const counted = await hall.board();
      const whole = await cutAfter(counted.promptPort, Number.POSITIVE_INFINITY, () => undefined);
      expect(await hall.provision(whole.port, newWindow())).toMatchObject({ code: 0, err: '' });
      await whole.stop();
      for (let point = 0; point < points; point++) {
        const window = newWindow();
        const board = await hall.board();
        // Every second time the board loses its power too.
        const power = async () => {
          if (point % 2 === 0) return;
          await board.engine.powerOff();
          await board.engine.powerOn();
        };
        const bytes = Math.floor(((point + 0.5) / points) * whole.sentBytes());
        const line = await cutAfter(board.promptPort, bytes, power);
        const cut = await hall.provision(line.port, window);
        await line.stop();
        expect(cut, `cut after ${bytes} bytes`).toMatchObject({
          code: 1,
          err: expect.stringMatching(/port\.lost/),
        });
        const done = await hall.provision(board.port, window);
        expect(done, `after a cut at ${bytes} bytes`).toMatchObject({ code: 0, err: '' });
        expect(await listed(window)).toEqual([`${window}\t${window}\tregistered\trecords 0\tonline`]);
        await board.stop();
      }
    },
    60_000 + 10_000 * points,
  );
});

it('takes a new key over the air, and connects with it', async () => {
  const window = newWindow();
  const board = await hall.board();
  expect(await hall.provision(board.port, window)).toMatchObject({ code: 0 });
  expect(await hall.run('device', 'rekey', window)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/sent now/),
  });
  const shown = async () => (await hall.run('device', 'show', window)).out;
  await expect.poll(shown, { timeout: 30_000 }).toMatch(/link +online[\s\S]*generation 2$/m);
  // A board keeps its identity: provisioning it again changes nothing of it.
  const again = await hall.provision(board.port, window);
  expect(again).toMatchObject({ code: 0, err: '' });
  expect(again.out).not.toMatch(/Registered/);
});

describe('a serial port', () => {
  const socat = needs('socat');
  it.skipIf(socat.skip)(
    socat.title('works like a board at a cable, and is told to be busy while in use'),
    async () => {
      const window = newWindow();
      const board = await hall.board();
      const link = join(mkdtempSync(join(tmpdir(), 'pingjia-tty-')), 'ttyUSB0');
      const child: ChildProcess = spawn(
        'socat',
        [`pty,link=${link},raw,echo=0`, `tcp:127.0.0.1:${board.promptPort}`],
        { stdio: 'ignore' },
      );
      try {
        await expect.poll(() => existsSync(link), { timeout: 10_000 }).toBe(true);
        const user = new SerialPort({ path: link, baudRate: 115_200, autoOpen: false });
        await new Promise<void>((resolve, reject) =>
          user.open((error) => (error ? reject(error) : resolve())),
        );
        const busy = await hall.provision(link, window);
        expect(busy).toMatchObject({ code: 1, err: expect.stringMatching(/^pingjia: port\.busy: /) });
        await new Promise<void>((resolve) => user.close(() => resolve()));
        expect(await hall.provision(link, window)).toMatchObject({ code: 0, err: '' });
      } finally {
        child.kill('SIGTERM');
        rmSync(join(link, '..'), { recursive: true, force: true });
      }
    },
  );
});

const interpreter = process.env.ESPRUINO;
const title = 'the real interpreter is brought into service as a simulated board is';
it.skipIf(!interpreter)(interpreter ? title : `skipped: needs ESPRUINO: ${title}`, async () => {
  const window = newWindow();
  const board = await hall.board({ engine: 'espruino', interpreter });
  expect(await hall.provision(board.port, window)).toMatchObject({ code: 0, err: '' });
  expect((await listed(window))[0]).toMatch(/online$/);
  await board.stop();
});

/** What is written to one file reads back with another last byte. */
function corrupting(name: string) {
  return (files: StorageFiles): StorageFiles => ({
    ...files,
    read(wanted) {
      const data = files.read(wanted);
      return data && wanted === name ? Buffer.concat([data.subarray(0, -1), Buffer.from('?')]) : data;
    },
  });
}
