// A real broker program that can be killed and started again on the same port and the same store.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { answersNow } from '../net/port-answers.ts';

const START_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 20;

export interface RealBroker {
  start(): Promise<void>;
  /** As the kernel does it when memory runs out: nothing is written any more. */
  kill(): Promise<void>;
}

export function makeRealBroker(options: { program: string; args: string[]; port: number }): RealBroker {
  let child: ChildProcess | undefined;
  return {
    async start() {
      const started = spawn(options.program, options.args, { stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      let said = '';
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => {
          said = (said + chunk.toString()).slice(-2000);
        });
      const endMs = performance.now() + START_LIMIT_MS;
      while (!(await answersNow(options.port))) {
        if (performance.now() > endMs || started.exitCode !== null)
          throw new Error(`${options.program} did not start: ${said}`);
        await delay(LOOK_EVERY_MS);
      }
    },
    async kill() {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null) return;
      const exited = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await exited;
    },
  };
}
