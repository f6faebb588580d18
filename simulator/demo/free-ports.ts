// Finds ports nobody uses: the gateway's must stay the same when it is restarted during a run, so they are chosen
// before. The broker's serves TCP and UDP alike.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const ATTEMPTS_LIMIT = 20;

export async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export async function freeTcpAndUdpPort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_LIMIT; attempt += 1) {
    const port = await freeTcpPort();
    if (await udpIsFree(port)) return port;
  }
  throw new Error('no port is free for both TCP and UDP');
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
