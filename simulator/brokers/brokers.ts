// Brokers that are not ours, as an evaluator may meet them: aedes in this process, Debian's Mosquitto, and nats-server
// with its MQTT listener. Each lets everybody in; each listens on loopback only.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { freeTcpPort } from '../../gateway/testing/free-ports.ts';
import { startOpenMosquitto } from '../hostile/mosquitto.ts';
import { portAnswers } from '../net/port-answers.ts';

export interface ForeignBroker {
  stop(): Promise<void>;
}
export interface BrokerPlace {
  folder: string;
  port: number;
}

const START_LIMIT_MS = 10_000;

export const BROKERS: Record<
  string,
  { program: string | undefined; start(place: BrokerPlace): Promise<ForeignBroker> }
> = {
  aedes: { program: undefined, start: startAedes },
  Mosquitto: { program: 'mosquitto', start: startOpenMosquitto },
  'nats-server': { program: 'nats-server', start: startNats },
};

async function startAedes({ port }: BrokerPlace): Promise<ForeignBroker> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        aedes.close(() => server.close(() => resolve()));
      }),
  };
}

/** Its MQTT listener needs JetStream and a server name. */
async function startNats({ folder, port }: BrokerPlace): Promise<ForeignBroker> {
  const clientPort = await freeTcpPort();
  const file = join(folder, 'nats.conf');
  writeFileSync(
    file,
    `server_name: hall
host: 127.0.0.1
port: ${clientPort}
jetstream { store_dir: ${JSON.stringify(join(folder, 'jetstream'))} }
mqtt { host: 127.0.0.1, port: ${port} }
`,
  );
  const child: ChildProcess = spawn('nats-server', ['-c', file], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (!(await portAnswers(port, START_LIMIT_MS))) throw new Error('nats-server did not start');
  return {
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
