// Opens MQTT over TCP, unless evaluators connect to another broker, and the UDP probe on one port number. Port 0
// takes a number that is free for both.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Broker } from './broker/broker.ts';
import type { Nonces } from './broker/nonces.ts';
import { startProbeResponder } from './broker/probe-responder.ts';
import type { Counters } from './ports.ts';
import { listenFailure } from './start-failure.ts';

export interface ListenOptions {
  host: string;
  port: number;
  hall: string;
  /** Undefined where evaluators connect to another one. */
  broker: Broker | undefined;
  nonces: Nonces;
  counters: Counters;
  onStop: (end: () => Promise<void>) => void;
}

const FREE_PORT_TRIES_LIMIT = 20;

export async function listenForEvaluators(options: ListenOptions): Promise<{ host: string; port: number }> {
  const { host, hall, broker, nonces, counters, onStop } = options;
  const port = options.port === 0 ? await freePort(host) : options.port;
  const failure = (name: string) => (error: unknown) => {
    throw listenFailure(error, { name, host, port, setting: 'broker' }) ?? error;
  };
  await broker?.listen(host, port).catch(failure('the MQTT broker'));
  const probe = await startProbeResponder({ host, port, hall, nonces, counters }).catch(
    failure('the UDP probe'),
  );
  onStop(() => probe.stop());
  return { host, port };
}

async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < FREE_PORT_TRIES_LIMIT; tries++) {
    const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject);
      udp.bind({ address: host, port: 0 }, resolve);
    });
    const { port } = udp.address();
    const tcp = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false));
      tcp.listen({ host, port }, () => resolve(true));
    });
    await new Promise<void>((resolve) => tcp.close(() => resolve()));
    await new Promise<void>((resolve) => udp.close(resolve));
    if (isFree) return port;
  }
  throw new Error(`no port number is free for TCP and UDP on ${host}`);
}
