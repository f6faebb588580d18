// Answers the UDP probe of evaluators on a port, with nonces that count from 1, where a broker that knows nothing of
// probes listens for MQTT.
import { createSocket } from 'node:dgram';
import { encodeProbeAnswer, parseProbe } from '../../protocol/probe.ts';

export async function answerProbes(port: number): Promise<{ close(): Promise<void> }> {
  const socket = createSocket('udp4');
  let nonces = 0;
  socket.on('message', (datagram, from) => {
    const probe = parseProbe(datagram);
    if (!probe) return;
    nonces += 1;
    const nonce = nonces.toString(16).padStart(32, '0');
    socket.send(encodeProbeAnswer({ token: probe.token, nonce }), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
  return { close: () => new Promise((resolve) => socket.close(() => resolve())) };
}
