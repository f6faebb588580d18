// A network in virtual time between devices and one server: delay, a cable that can be pulled, an address nobody
// answers at. What was sent while the cable was out arrives when it is back, in order, as TCP sends it again;
// datagrams of that time are lost.
import type { Stream, WorldClock, WorldNet } from '../ports.ts';
import type { ConnectionHandlers, SimulatedServer } from '../server.ts';

/** Espruino reads a socket in pieces of this length. */
const PIECE_BYTES = 536;
/** Measured: how long the interpreter is held by an address that swallows everything. */
export const BLACKHOLE_MS = 35_600;
const TIMED_OUT = -3;
const REFUSED = -9;

export interface VirtualCable {
  readonly net: WorldNet;
  pull(): void;
  plug(): void;
  readonly plugged: boolean;
  /** Ends every connection of this cable, as a server's restart does. */
  reset(): void;
}

export interface VirtualNetOptions {
  clock: WorldClock;
  /** One way, milliseconds. */
  delayMs?: number;
  /** Undefined while nothing listens: connections are refused and datagrams swallowed. */
  server(): SimulatedServer | undefined;
}

export function createVirtualCable({ clock, delayMs = 1, server }: VirtualNetOptions): VirtualCable {
  let plugged = true;
  let waiting: (() => void)[] = [];
  const open = new Set<() => void>();

  /** In order: a segment sent behind one that waits for the cable waits too. */
  const send = (deliver: () => void) => {
    clock.after(delayMs, () => {
      if (plugged && waiting.length === 0) deliver();
      else waiting.push(deliver);
    });
  };

  const net: WorldNet = {
    connect(_to, handlers): Stream {
      let atServer: ConnectionHandlers | undefined;
      let closed = false;
      const close = (code: number) => {
        if (closed) return;
        closed = true;
        open.delete(reset);
        atServer?.onClose();
        handlers.onClose(code);
      };
      const reset = () => close(0);
      if (!plugged) {
        clock.after(BLACKHOLE_MS, () => close(TIMED_OUT));
        return { write: () => undefined, end: () => close(0) };
      }
      clock.after(2 * delayMs, () => {
        if (closed) return;
        const listening = server();
        if (!listening) {
          close(REFUSED);
          return;
        }
        open.add(reset);
        atServer = listening.accept({
          write: (bytes) => send(() => deliver(bytes)),
          end: () => send(() => close(0)),
        });
        handlers.onConnect();
      });
      const deliver = (bytes: Uint8Array) => {
        for (let at = 0; at < bytes.length && !closed; at += PIECE_BYTES)
          handlers.onData(bytes.subarray(at, at + PIECE_BYTES));
      };
      return {
        write(bytes) {
          send(() => {
            if (closed) return;
            atServer?.onData(bytes);
            if (!closed) handlers.onDrain();
          });
        },
        end() {
          if (closed) return;
          closed = true;
          open.delete(reset);
          send(() => atServer?.onClose());
        },
      };
    },

    openDatagrams(handlers) {
      let closed = false;
      return {
        send(bytes, to) {
          if (!plugged) return;
          clock.after(2 * delayMs, () => {
            if (closed || !plugged) return;
            const answer = server()?.answer(bytes);
            if (answer) handlers.onMessage(answer, to);
          });
        },
        close() {
          closed = true;
        },
      };
    },
  };

  return {
    net,
    get plugged() {
      return plugged;
    },
    pull() {
      plugged = false;
    },
    plug() {
      plugged = true;
      const segments = waiting;
      waiting = [];
      for (const deliver of segments) deliver();
    },
    reset() {
      for (const end of [...open]) end();
    },
  };
}
