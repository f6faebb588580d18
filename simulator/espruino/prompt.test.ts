// The simulated prompt against what the real interpreter sent for the same bytes (recorded on 2v29.277), against the
// interpreter itself where ESPRUINO names it, and in the hands of EspruinoTools.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { type SimDevice, startSimDevice } from '../sim-device.ts';

const interpreter = process.env.ESPRUINO;
const packet = (type: number, data: string) => {
  const head = type | data.length;
  return `\x10\x01${String.fromCharCode(head >> 8, head & 255)}${data}`;
};

/** Typed, and what comes back. `*` is what the interpreter says of an error's place, which ours words otherwise. */
const EXCHANGES: [string, string][] = [
  ['\n', '\r\n>'],
  ['1+2\n', '1+2\r\n=3\r\n>'],
  ['\x10print("a")\n', 'a\r\n>'],
  ['print("a")\n', 'print("a")\r\na\r\n=undefined\r\n>'],
  ['x(\n', 'x(\r\n:'],
  ['\x03', '\x1b[A\r\x1b[J>'],
  ['\x10function f(){\nreturn 1;\n}\nf()\n', 'f()\r\n=1\r\n>'],
  ['foo.bar\n', 'foo.bar\r\nUncaught ReferenceError: *\r\n>'],
  ['\x05', 'Espruino 2v29.277 LINUX\r\n'],
  ['abc\b\b', 'abc\b \b\b \b'],
  ['\b\n', '\b \b\r\n>'],
  [packet(0x2000, '1 + 2'), '\x06\x10\x01\x00\x013'],
  [packet(0x2000, '({a:"x\\n",b:[1,2]})'), '\x06\x10\x01\x00\x11{a:"x\\n",b:[1,2]}'],
  [packet(0x2000, 'print("hi")'), '\r\x1b[Jhi\r\n\x06\x10\x01\x00\x04null>'],
  [packet(0x6000, '{fn:"a.txt",s:5}'), '\x06'],
  [packet(0x8000, 'he'), '\x06'],
  [packet(0x8000, 'l'), '\x06'],
  [packet(0x8000, 'l'), '\x06'],
  [packet(0xa000, '{fn:"a.txt"}'), '\x06\x10\x01\x80\x05hell\xff\x10\x01\x80\x00'],
  [packet(0xe000, 'x'), '\x15'],
  [
    'setTimeout(function(){print("late")},100);1\n',
    `setTimeout(function(){print("late")},100);1\r\n=1\r\n>\r\x1b[Jlate\r\n>`,
  ],
  ['E.setPassword("pw");E.lockConsole()\n', 'E.setPassword("pw");E.lockConsole()\r\n=undefined\r\npassword>'],
  ['\n', '\r\n  Invalid password\r\npassword>'],
  ['1+1\n', '\r\n  Invalid password\r\npassword>'],
  // Locked, a packet is a wrong password and gets no answer of its own.
  [`${packet(0x2000, '1 + 2')}\n`, '\r\n  Invalid password\r\npassword>'],
  ['pw\n', '\r\n  Logged in.\r\n>'],
  [packet(0x2000, 'process.version'), '\x06\x10\x01\x00\n"2v29.277"'],
];

const devices: SimDevice[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(engine: 'node' | 'espruino'): Promise<SimDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'pingjia-prompt-'));
  folders.push(folder);
  const prompt = { host: '127.0.0.1', port: 0 };
  const device = await startSimDevice({ folder, engine, board: 'linux', blank: true, prompt, interpreter });
  devices.push(device);
  return device;
}

async function call(port: number): Promise<{ socket: Socket; received: () => string; forget: () => void }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => text,
    forget: () => {
      text = '';
    },
  };
}

const withoutPlaces = (text: string) => text.replace(/(Uncaught \w+: )[\s\S]*?\r\n>/g, '$1*\r\n>');

async function speak(engine: 'node' | 'espruino'): Promise<void> {
  const { promptPort } = await start(engine);
  const line = await call(promptPort);
  // Its banner, or nothing: whatever came before the first newline was answered.
  line.socket.write('\n\x10print("begin")\n');
  await expect.poll(line.received, { timeout: 10_000 }).toMatch(/begin\r\n>$/);
  for (const [typed, answer] of EXCHANGES) {
    line.forget();
    line.socket.write(typed, 'latin1');
    await expect
      .poll(() => withoutPlaces(line.received()), {
        timeout: 5000,
        interval: 10,
        message: JSON.stringify(typed),
      })
      .toBe(answer);
  }
}

it('speaks byte for byte as the prompt of a board: echo, lines, packets, password', () => speak('node'));

const title = 'answers the same on the real interpreter';
it.skipIf(!interpreter)(interpreter ? title : `skipped: needs ESPRUINO: ${title}`, () => speak('espruino'));

it('runs a program that EspruinoTools sends', async () => {
  const device = await start('node');
  const tools = fileURLToPath(new URL('../../node_modules/espruino/bin/espruino-cli.js', import.meta.url));
  const port = ['--no-ble', '-p', `tcp://127.0.0.1:${device.promptPort}`];
  const child = spawn(process.execPath, [tools, ...port, '-e', 'print("sum "+(1+2))'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  child.stdout.on('data', (bytes: Buffer) => {
    told += bytes.toString();
  });
  try {
    await expect.poll(() => told, { timeout: 20_000 }).toMatch(/sum 3/);
  } finally {
    child.kill('SIGKILL');
  }
});

it('hangs up on a second caller: a serial line has one user', async () => {
  const { promptPort } = await start('node');
  const first = await call(promptPort);
  const second = connect(promptPort, '127.0.0.1');
  await new Promise((resolve) => second.once('close', resolve));
  first.socket.write('1+2\n');
  await expect.poll(first.received).toMatch(/=3/);
  first.socket.destroy();
});
