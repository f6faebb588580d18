// The world's network as this machine's sockets. Errors become Espruino's codes; nothing here retries.

import dgram from 'node:dgram';
import net from 'node:net';
import type { Stream, StreamHandlers, WorldNet } from '../ports.ts';

/** Espruino reads a socket in pieces of this length. */
const PIECE_BYTES = 536;
/** Espruino's socket error codes. */
const ERROR_CODES: Record<string, number> = {
  ECONNREFUSED: -9,
  ECONNRESET: -9,
  EPIPE: -9,
  ETIMEDOUT: -3,
  EHOSTUNREACH: -4,
  ENETUNREACH: -4,
  ENOTFOUND: -6,
};
const UNKNOWN_ERROR = -10;

/** `onListening`: which port of this machine stands for one of the device. */
export function createRealNet(
  onListening: (port: number, realPort: number) => void = () => undefined,
): WorldNet {
  return {
    connect(to, handlers) {
      return attach(net.connect({ host: to.host, port: to.port, noDelay: true }), handlers);
    },

    listen(port, onVisitor) {
      const sockets = new Set<net.Socket>();
      const server = net.createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        onVisitor({ attach: (handlers) => attach(socket, handlers) });
      });
      server.listen({ host: '127.0.0.1', port: 0 }, () => {
        onListening(port, (server.address() as net.AddressInfo).port);
      });
      return {
        close() {
          server.close();
          for (const socket of sockets) socket.destroySoon();
        },
      };
    },

    openDatagrams(handlers) {
      const socket = dgram.createSocket('udp4');
      let closed = false;
      socket.on('message', (bytes, from) => {
        if (!closed) handlers.onMessage(bytes, { address: from.address, port: from.port });
      });
      // A datagram that cannot be sent is a lost datagram; the sender finds out by not being answered.
      socket.on('error', () => undefined);
      socket.bind();
      return {
        send(bytes, to) {
          if (!closed) socket.send(Buffer.from(bytes), to.port, to.address, () => undefined);
        },
        close() {
          if (closed) return;
          closed = true;
          socket.close();
        },
      };
    },
  };
}

function attach(socket: net.Socket, handlers: StreamHandlers): Stream {
  let errorCode = 0;
  socket.on('connect', () => handlers.onConnect());
  socket.on('data', (data) => {
    for (let at = 0; at < data.length; at += PIECE_BYTES)
      handlers.onData(data.subarray(at, at + PIECE_BYTES));
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    errorCode = ERROR_CODES[error.code ?? ''] ?? UNKNOWN_ERROR;
  });
  socket.on('close', () => handlers.onClose(errorCode));
  return {
    write(bytes) {
      socket.write(bytes, (error) => {
        if (!error) handlers.onDrain();
      });
    },
    end: () => {
      if (socket.connecting) socket.destroy();
      else socket.destroySoon();
    },
  };
}
