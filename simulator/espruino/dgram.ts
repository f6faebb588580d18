// require("dgram") over the world's datagrams: createSocket, bind, send, close, and 'message' with its sender.
// The port to bind is the world's choice.

import type { Datagrams } from '../ports.ts';
import { binaryString, toBytes } from './bytes.ts';
import type { Host } from './host.ts';

/** A datagram shares Espruino's 536-byte buffer with an 8-byte header; the rest of a longer one is lost. */
const DATAGRAM_LIMIT_BYTES = 528;

export class DatagramSockets {
  readonly #host: Host;
  readonly #open = new Set<Datagrams>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The module object that `require("dgram")` gives. */
  module(): object {
    return { createSocket: () => this.#createSocket() };
  }

  drop(): void {
    for (const datagrams of this.#open) datagrams.close();
    this.#open.clear();
  }

  #createSocket(): object {
    const { realm, loop, ports } = this.#host;
    let datagrams: Datagrams | undefined;
    let closed = false;
    let bound = false;
    const open = (): Datagrams => {
      if (datagrams) return datagrams;
      datagrams = ports.net.openDatagrams({
        onMessage: (bytes, from) => {
          if (closed) return;
          const text = binaryString(bytes.subarray(0, DATAGRAM_LIMIT_BYTES));
          realm.emit(socket, 'message', text, realm.object({ ...from, size: text.length }));
        },
      });
      this.#open.add(datagrams);
      return datagrams;
    };
    const socket: object = realm.object({
      bind: (_port: number, onBound?: (socket: object) => void) => {
        open();
        bound = true;
        if (onBound) loop.post(() => onBound(socket));
        return socket;
      },
      send: (data: unknown, ...rest: unknown[]) => {
        if (closed) throw realm.error('This socket is closed');
        const whole = toBytes(String(data));
        const part = typeof rest[2] === 'number';
        const [port, address] = part ? rest.slice(2) : rest;
        const from = part ? Number(rest[0]) : 0;
        const bytes = part ? whole.subarray(from, from + Number(rest[1])) : whole;
        open().send(bytes, { address: String(address), port: Number(port) });
      },
      close: () => {
        if (closed) return;
        closed = true;
        if (datagrams) {
          this.#open.delete(datagrams);
          datagrams.close();
        }
        realm.emit(socket, 'close', false);
        // Measured: a bound socket tells it twice.
        if (bound) realm.emit(socket, 'close', false);
      },
    });
    return socket;
  }
}
