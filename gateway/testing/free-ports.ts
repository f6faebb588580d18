// Ports nobody uses, for servers that must keep theirs when they are killed and started again. They lie below the
// range from which systems give out ports by themselves (RFC 6335, section 6: from 49152; Linux: from 32768):
// between choosing such a one and listening on it, any other program would be given it.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const TRIES_LIMIT = 50;

export const freeTcpPort = (): Promise<number> => freePort(tcpIsFree);

/** One number for both. */
export const freeTcpAndUdpPort = (): Promise<number> =>
  freePort(async (port) => (await tcpIsFree(port)) && udpIsFree(port));

async function freePort(isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (let tries = 0; tries < TRIES_LIMIT; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST_PORT} and ${LAST_PORT} on ${HOST}`);
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, HOST, () => socket.close(() => resolve(true)));
  });
}
