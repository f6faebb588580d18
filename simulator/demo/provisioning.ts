// Brings the evaluators into service as hall IT would: registers each with the gateway through its command line,
// writes the identity at the evaluator's prompt where there is none, and waits until all are online.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WorldClock } from '../ports.ts';
import { delay } from '../window-system/delay.ts';
import type { EvaluatorHost } from './evaluator-host.ts';

export interface ServiceOptions {
  evaluators: EvaluatorHost[];
  configFile: string;
  /** Keeps the line for an evaluator's prompt, should the demo end between registering and provisioning. */
  identityFile: (device: string) => string;
  clock: WorldClock;
  say: (sentence: string) => void;
}

const ONLINE_LIMIT_MS = 60_000;
const SCREEN_LIMIT_MS = 15_000;
const POLL_MS = 50;

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../bin/pingjia.js', import.meta.url));

export async function bringIntoService(options: ServiceOptions): Promise<void> {
  const { evaluators, clock } = options;
  for (const evaluator of evaluators) await evaluator.powerOn();
  for (const evaluator of evaluators) await provisionIfNew(evaluator, options);
  const online = () => evaluators.every(({ state }) => state.link === 'online');
  if (await holds(online, { clock, limitMs: ONLINE_LIMIT_MS })) return;
  const missing = evaluators.filter(({ state }) => state.link !== 'online');
  const list = missing.map(({ window, state }) => `${window.device} (${state.link || 'silent'})`).join(', ');
  throw new Error(`not online after ${ONLINE_LIMIT_MS / 1000} s: ${list}`);
}

async function provisionIfNew(evaluator: EvaluatorHost, options: ServiceOptions): Promise<void> {
  const { clock, say } = options;
  const { device, id: window } = evaluator.window;
  const shown = () => evaluator.state.screen.name !== '';
  if (!(await holds(shown, { clock, limitMs: SCREEN_LIMIT_MS })))
    throw new Error(`${device} shows nothing ${SCREEN_LIMIT_MS / 1000} s after power on`);
  if (evaluator.state.screen.name !== 'unprovisioned') return;
  const file = options.identityFile(device);
  if (!existsSync(file)) {
    const line = await register({ device, window, configFile: options.configFile });
    writeFileSync(file, line, { mode: 0o600 });
  }
  evaluator.type(readFileSync(file, 'utf8').trim());
  const provisioned = () => evaluator.state.screen.name !== 'unprovisioned';
  if (!(await holds(provisioned, { clock, limitMs: SCREEN_LIMIT_MS })))
    throw new Error(`${device} did not take its identity`);
  say(`Evaluator ${device} is registered and provisioned for window ${window}.`);
}

/** The line for the evaluator's prompt; the gateway shows it only once. */
async function register(options: { device: string; window: string; configFile: string }): Promise<string> {
  const { device, window, configFile } = options;
  const command = ['device', 'register', '--id', device, '--window', window, '--config', configFile];
  const { stdout } = await run(process.execPath, [program, ...command]);
  return stdout;
}

async function holds(
  condition: () => boolean,
  { clock, limitMs }: { clock: WorldClock; limitMs: number },
): Promise<boolean> {
  const endMs = clock.monotonicMs() + limitMs;
  while (!condition()) {
    if (clock.monotonicMs() >= endMs) return false;
    await delay(clock, POLL_MS);
  }
  return true;
}
