// Runs the gateway as a process of its own, through its command line, and starts it again when it dies: `kill -9`
// is as real as in a hall. Tells when it is ready and when it died; its output goes to a log file.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorldClock } from '../ports.ts';
import { delay } from '../window-system/delay.ts';

export interface GatewayProcessOptions {
  configFile: string;
  logFile: string;
  httpUrl: string;
  clock: WorldClock;
  onReady: (pid: number) => void;
  /** It ended without being asked to and will be started again. */
  onDied: (how: string) => void;
}

export interface GatewayProcess {
  readonly pid: number | undefined;
  /** Asks it to stop in order; kills it after a bound. */
  stop(): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
const READY_POLL_MS = 50;
const RESTART_PAUSE_MS = 500;
const STOP_LIMIT_MS = 10_000;
/** A gateway that cannot start at all is not started for ever. */
const FAILED_STARTS_LIMIT = 5;

const program = fileURLToPath(new URL('../../bin/pingjia.js', import.meta.url));
const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href;

/** Resolves when the gateway is ready for the first time; rejects with one sentence if it cannot start. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  let child = launch(options);
  let stopping = false;
  let failedStarts = 0;
  const watch = (watched: ChildProcess) => {
    watched.once('exit', (code, signal) => {
      if (stopping) return;
      options.onDied(signal ? `killed by ${signal}` : `ended with code ${code}`);
      void restart();
    });
  };
  const restart = async () => {
    await delay(options.clock, RESTART_PAUSE_MS);
    if (stopping || failedStarts >= FAILED_STARTS_LIMIT) return;
    child = launch(options);
    watch(child);
    const ready = await waitUntilReady(child, options);
    failedStarts = ready ? 0 : failedStarts + 1;
    if (ready) options.onReady(child.pid ?? 0);
  };
  if (!(await waitUntilReady(child, options))) {
    await end(child, options.clock);
    throw new Error(`the gateway did not start: ${lastLine(options.logFile)}`);
  }
  watch(child);
  options.onReady(child.pid ?? 0);
  return {
    get pid() {
      return isRunning(child) ? child.pid : undefined;
    },
    stop: async () => {
      stopping = true;
      await end(child, options.clock);
    },
  };
}

const lastLine = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

function launch({ configFile, logFile }: GatewayProcessOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, ['--import', endWithParent, program, 'gateway', '--config', configFile], {
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches the demo only, which then stops everything in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(child: ChildProcess, options: GatewayProcessOptions): Promise<boolean> {
  const endMs = options.clock.monotonicMs() + READY_LIMIT_MS;
  while (isRunning(child) && options.clock.monotonicMs() < endMs) {
    try {
      const response = await fetch(`${options.httpUrl}/readyz`, { signal: AbortSignal.timeout(1000) });
      if (response.ok) return isRunning(child);
    } catch {
      // Not listening yet: asked again below, within the limit.
    }
    await delay(options.clock, READY_POLL_MS);
  }
  return false;
}

async function end(child: ChildProcess, clock: WorldClock): Promise<void> {
  if (!isRunning(child)) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cancel = clock.after(STOP_LIMIT_MS, () => child.kill('SIGKILL'));
  await ended;
  cancel();
}
