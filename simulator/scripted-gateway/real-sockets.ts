// Puts a simulated server on a real port of this machine, TCP and UDP alike.
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import type { SimulatedServer } from '../server.ts';

const HOST = '127.0.0.1';

export interface ListeningServer {
  close(): Promise<void>;
  /** Cuts every connection at once. */
  dropConnections(): void;
}

export async function listenOnRealSockets(server: SimulatedServer, port: number): Promise<ListeningServer> {
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    const handlers = server.accept({
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.destroySoon(),
    });
    socket.on('data', (bytes) => handlers.onData(bytes));
    // A reset ends in 'close', which is all the server needs to know.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      handlers.onClose();
    });
  });
  const udp = createSocket('udp4');
  udp.on('message', (datagram, from) => {
    const answer = server.answer(datagram);
    if (answer) udp.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, HOST, resolve);
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, HOST, resolve);
  });
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    dropConnections,
    async close() {
      dropConnections();
      udp.close();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}
