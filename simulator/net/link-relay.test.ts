import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkRelay } from './link-relay.ts';

/** A gateway that echoes on both ports, the same number for TCP and UDP. */
async function startGateway(): Promise<{
  port: number;
  tcp: net.Server;
  udp: dgram.Socket;
  sockets: net.Socket[];
}> {
  const sockets: net.Socket[] = [];
  const tcp = net.createServer((socket) => {
    sockets.push(socket.on('error', () => socket.destroy()));
    socket.pipe(socket);
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as net.AddressInfo;
  const udp = dgram.createSocket('udp4');
  udp.on('message', (bytes, from) => udp.send(bytes, from.port, from.address));
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return { port, tcp, udp, sockets };
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Its end, whether orderly or by an error. */
function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}

async function echoed(socket: net.Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, 'data');
  return String(data);
}

describe('a cable between evaluators and the gateway', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  let relay: LinkRelay;
  let udp: dgram.Socket;

  beforeEach(async () => {
    gateway = await startGateway();
    relay = await LinkRelay.start({
      target: { host: '127.0.0.1', tcpPort: gateway.port, udpPort: gateway.port },
    });
    udp = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
  });

  afterEach(async () => {
    udp.close();
    await relay.close();
    gateway.tcp.close();
    gateway.udp.close();
    for (const socket of gateway.sockets) socket.destroy();
  });

  it('carries connections and probes while it is whole, on one port number', async () => {
    expect(relay.udpPort).toBe(relay.tcpPort);
    const socket = await connect(relay.tcpPort);
    expect(await echoed(socket, 'hello')).toBe('hello');
    udp.send('probe', relay.udpPort, '127.0.0.1');
    expect(String((await once(udp, 'message'))[0])).toBe('probe');
    socket.destroy();
  });

  it('when cut, ends connections, refuses new ones and loses probes; when restored, carries again', async () => {
    const socket = await connect(relay.tcpPort);
    await echoed(socket, 'before');
    relay.cut();
    await closed(socket);

    udp.send('lost', relay.udpPort, '127.0.0.1');
    await closed(net.connect(relay.tcpPort, '127.0.0.1'));

    relay.restore();
    const again = await connect(relay.tcpPort);
    expect(await echoed(again, 'after')).toBe('after');
    udp.send('found', relay.udpPort, '127.0.0.1');
    expect(String((await once(udp, 'message'))[0])).toBe('found');
    again.destroy();
  });

  it('as a blackhole keeps connections open and silent until it is restored', async () => {
    const socket = await connect(relay.tcpPort);
    await echoed(socket, 'before');
    relay.cut({ how: 'blackhole' });
    let heard = '';
    socket.on('data', (data) => {
      heard += data;
    });
    socket.write('into the dark');
    const waiting = await connect(relay.tcpPort);
    expect(socket.destroyed).toBe(false);
    const ended = Promise.all([closed(socket), closed(waiting)]);
    relay.restore();
    await ended;
    expect(heard).toBe('');
  });
});
