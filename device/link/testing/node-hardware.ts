// What the link needs of a board, over Node's sockets and timers, for tests. Its time runs `speed` times as fast;
// the network can be cut. Panel, keys and files are not there.
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createConnection, type Socket as NodeSocket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { crc32 } from '../../flash/journal-format.ts';
import type { FlashWorld } from '../../flash/testing/flash-world.ts';
import type { Hardware, Network, Timers } from '../../ports.ts';

/** As the interpreter hands data on. */
const CHUNK_BYTES = 536;

export interface NodeHardware extends Hardware {
  /** Nothing goes in or out any more, until it is joined again. */
  cut(): void;
  join(): void;
  /** The device is gone: no timer and no socket acts any more. */
  powerOff(): void;
  readonly told: string[];
  readonly wallClock: number[];
}

export function createNodeHardware(world: FlashWorld, speed: number): NodeHardware {
  const startMs = performance.now();
  const sockets = new Set<NodeSocket>();
  const waiting = new Map<number, NodeJS.Timeout>();
  const told: string[] = [];
  const wallClock: number[] = [];
  let lastTimer = 0;
  let linked = true;
  let powered = true;

  const timers: Timers = {
    uptimeMs: () => Math.floor((performance.now() - startMs) * speed),
    after(delayMs, run) {
      const id = ++lastTimer;
      const timeout = setTimeout(() => {
        waiting.delete(id);
        if (powered) run();
      }, delayMs / speed);
      waiting.set(id, timeout);
      return id;
    },
    cancel(timer) {
      clearTimeout(waiting.get(timer));
      waiting.delete(timer);
    },
  };

  const network: Network = {
    linked: () => linked,
    linkFault: () => 'no-link',
    rssi: () => -60,
    connect(address, port, handlers) {
      const socket = createConnection({ host: address, port, noDelay: true });
      sockets.add(socket);
      const alive = () => powered && sockets.has(socket);
      socket.on('connect', () => alive() && handlers.onConnect());
      socket.on('data', (data: Buffer) => {
        for (let at = 0; at < data.length && alive(); at += CHUNK_BYTES)
          handlers.onData(data.toString('latin1', at, at + CHUNK_BYTES));
      });
      socket.on('drain', () => alive() && handlers.onDrain());
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        const known = sockets.delete(socket);
        if (powered && known) handlers.onClose();
      });
      return {
        write(data) {
          const flushed = socket.write(Buffer.from(data, 'latin1'));
          if (flushed) setImmediate(() => alive() && handlers.onDrain());
        },
        end: () => socket.end(() => socket.destroy()),
      };
    },
    datagrams(onMessage) {
      const socket = createSocket('udp4');
      let open = true;
      socket.on('message', (data) => powered && open && linked && onMessage(data.toString('latin1')));
      return {
        send: (data, address, port) => {
          if (linked) socket.send(Buffer.from(data, 'latin1'), port, address);
        },
        close() {
          if (open) socket.close();
          open = false;
        },
      };
    },
  };

  const absent = () => {
    throw new Error('not on this board');
  };
  return {
    board: 'test',
    slot: 'a',
    timers,
    flash: world.flash,
    journalArea: world.journalArea,
    identityArea: world.identityArea,
    panel: undefined as never,
    feedback: undefined as never,
    network,
    storageReserveBytes: 0,
    files: { read: () => undefined, write: absent, erase: absent, list: absent, getStats: absent },
    compactAndRestart: absent,
    native: {
      sha256: (data) =>
        new Uint8Array(
          createHash('sha256')
            .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
            .digest(),
        ),
      crc32,
      inflate: absent,
      fromBase64: atob,
      memory: () => ({ used: 1500, total: 5000 }),
      interpreterVersion: '2v29',
      reboot: absent,
      setWallClock: (wallMs) => {
        wallClock.push(wallMs);
      },
      seedRandom: absent,
      random: absent,
    },
    part: absent,
    listenKeys: absent,
    command: absent,
    tell: (kind, text) => {
      told.push(`${kind} ${text}`);
    },
    cut() {
      linked = false;
      for (const socket of sockets) socket.destroy();
    },
    join() {
      linked = true;
    },
    powerOff() {
      powered = false;
      for (const timeout of waiting.values()) clearTimeout(timeout);
      for (const socket of sockets) socket.destroy();
    },
    told,
    wallClock,
  };
}
