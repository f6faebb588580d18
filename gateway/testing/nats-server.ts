// A real nats-server with JetStream on a port of its own, which can be killed and started again on the same store.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeTcpPort } from './free-ports.ts';

const START_LIMIT_MS = 15_000;
const POLL_MS = 25;

/** Skipped with a word where the program is missing; failing in CI. */
export const isNatsSkipped =
  process.env.CI !== 'true' && spawnSync('nats-server', ['--version']).error !== undefined;

export interface NatsServer {
  readonly url: string;
  /** As a power cut does, but for what the operating system still writes. */
  kill(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

export async function startNatsServer(): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nats-'));
  const port = await freeTcpPort();
  let child: ChildProcess | undefined;
  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    async kill() {
      const killed = child;
      child = undefined;
      if (!killed || killed.exitCode !== null) return;
      const exited = new Promise((resolve) => killed.once('exit', resolve));
      killed.kill('SIGKILL');
      await exited;
    },
    async start() {
      child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], {
        stdio: 'ignore',
      });
      const endMs = performance.now() + START_LIMIT_MS;
      while (!(await answers(port))) {
        if (performance.now() > endMs || child.exitCode !== null)
          throw new Error('nats-server did not start');
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async end() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    // The server greets with INFO: a port that is merely open is not one that serves.
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
