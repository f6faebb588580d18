// What every board has alike: timers, files, flash, sockets and natives of the interpreter, as the ports want
// them. Knows no pin and no panel.
import type { Parts } from '../parts/parts.ts';
import type { Datagrams, Files, Native, RawFlash, Socket, SocketHandlers, Timers } from '../ports.ts';

const storage = library('Storage');
const flashModule = library('Flash');
const heatshrink = library('heatshrink');

let bootTime = getTime();
let lastMs = 0;

export const timers: Timers = {
  uptimeMs() {
    lastMs = Math.max(lastMs, Math.floor((getTime() - bootTime) * 1000));
    return lastMs;
  },
  after: (delayMs, run) => setTimeout(run, delayMs),
  cancel: clearTimeout,
};

export const files: Files = storage;

export const makeFlash = (pageBytes: number): RawFlash => ({
  pageBytes,
  read: (address, length) => flashModule.read(length, address),
  write: (address, data) => flashModule.write(data, address),
  // The interpreter refuses a float, which every division gives.
  erasePage: (address) => flashModule.erasePage(address | 0),
});

export function connect(address: string, port: number, handlers: SocketHandlers): Socket {
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    handlers.onClose();
  };
  try {
    const socket = library('net').connect({ host: address, port }, () => handlers.onConnect());
    socket.on('data', (data) => handlers.onData(data));
    socket.on('drain', () => handlers.onDrain());
    socket.on('error', close);
    socket.on('close', close);
    return socket;
  } catch {
    // A refused connection throws; the caller learns of it as of any other end, after it has the socket.
    timers.after(0, close);
    return { write: ignore, end: ignore };
  }
}

function ignore(): void {
  // Nothing is connected.
}

export function datagrams(onMessage: (data: string) => void): Datagrams {
  const socket = library('dgram').createSocket('udp4');
  socket.on('message', onMessage);
  return {
    send: (data, address, port) => socket.send(data, port, address),
    close: () => socket.close(),
  };
}

/** The text stays in flash, and no scope surrounds it: a closure of a part costs what one of the firmware does. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] | undefined {
  try {
    // `slot` is the running slot's file, such as `pj-a.js`: a part's file differs in its ending.
    const code = storage.read(`${global.slot}`.replace('js', name));
    if (code) return Function(code)();
    print(`PJ1 log part ${name}: missing`);
  } catch (error) {
    print(`PJ1 log part ${name}: ${error}`);
  }
  return undefined;
}
/** `.bootcde` leaves the name of the file it started, such as `pj-a.js`. */
export const runningSlot = (): 'a' | 'b' => (global.slot === 'pj-b.js' ? 'b' : 'a');

/** As text, which lies in memory: it runs when no code of Storage does, long enough after for a message to leave. */
export function compactAndRestart(): void {
  setTimeout('require("Storage").compact();E.reboot()', 500);
}

export function command(name: string, run: (argument: unknown) => void): void {
  global[name] = run;
}

export const native: Native = {
  sha256: (bytes) => new Uint8Array(library('crypto').SHA256(bytes)),
  crc32: E.CRC32,
  inflate: heatshrink.decompress,
  fromBase64: atob,
  memory() {
    const memory = process.memory();
    return { used: memory.usage, total: memory.total };
  },
  interpreterVersion: process.version,
  reboot: E.reboot,
  setWallClock(wallMs) {
    const before = getTime();
    setTime(wallMs / 1000);
    bootTime += getTime() - before;
  },
  seedRandom: E.srand,
  random: Math.random,
};
