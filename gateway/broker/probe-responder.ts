// Answers UDP probes with a nonce. Says nothing to anything else; an answer is never longer than its probe.
import { createSocket, type Socket } from 'node:dgram';
import { encodeProbeAnswer, parseProbe } from '../../protocol/probe.ts';
import type { Counters } from '../ports.ts';
import type { Nonces } from './nonces.ts';

export interface ProbeResponder {
  stop(): Promise<void>;
}

/** Rejects with the socket's error when the port is taken. */
export async function startProbeResponder(options: {
  host: string;
  port: number;
  hall: string;
  nonces: Nonces;
  counters: Counters;
}): Promise<ProbeResponder> {
  const { host, port, hall, nonces, counters } = options;
  const family = host.includes(':') ? 6 : 4;
  const socket: Socket = createSocket({
    type: `udp${family}`,
    // Answers go to addresses: asking the resolver about each took a third of a probe.
    lookup: (address, _options, done) => done(null, address, family),
  });
  socket.on('message', (datagram, from) => {
    const probe = parseProbe(datagram);
    // Answering to port 0, which a stranger may write as his own, would throw.
    if (probe?.hall !== hall || from.port === 0) {
      counters.count('probe.ignored');
      return;
    }
    counters.count('probe.answered');
    socket.send(
      encodeProbeAnswer({ token: probe.token, nonce: nonces.issue(probe) }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => counters.count('probe.socket-error'));
  return { stop: () => new Promise((resolve) => socket.close(() => resolve())) };
}
