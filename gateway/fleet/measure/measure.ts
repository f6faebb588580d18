// Measures on a board, through its prompt, what only a board can prove. Writes nothing but one page of flash that
// stays blank on every board, and that only for the moment of measuring; the firmware goes on meanwhile, so that what
// it needs is in the figures. At the end the board is restarted by its own watchdog, and with that as it was.
import { crc32 } from 'node:zlib';
import type { Clock } from '../../ports.ts';
import type { ByteStream } from '../provision/byte-stream.ts';
import {
  type BoardFacts,
  bluetoothIsOn,
  boardOfFirmware,
  checkBoard,
  reachPrompt,
} from '../provision/check-board.ts';
import { ProvisionFailure } from '../provision/failures.ts';
import { makePromptClient, type PromptClient, type PromptLimits } from '../provision/prompt-client.ts';
import { type CheckId, WATCHDOG_TRIAL_SECONDS } from './checklist.ts';
import { judge, type Measured, type Report, type ReportRow } from './judge.ts';

export interface MeasureOptions {
  /** Where nobody answers; numeric. */
  deadAddress: string;
  deadPort: number;
  /** Leaves the watchdog out, and with it the restart. */
  withoutRestart: boolean;
}

export interface MeasurePorts {
  open(): Promise<ByteStream>;
  clock: Clock;
  limits: PromptLimits;
  /** Of evaluators that the board may be; asked for only where its prompt is locked. */
  passwords(): Promise<string[]>;
  /** Whether somebody answers at that port. */
  answersAt(address: string, port: number): Promise<boolean>;
  say(sentence: string): void;
}

export interface SparePage {
  address: number;
  bytes: number;
}

/** Before the raw flash of the Linux build, and at the end of Storage on an ESP32: the firmware leaves both blank. */
export const SPARE_PAGES: Record<string, SparePage> = {
  LINUX: { address: 0x1002d800, bytes: 1024 },
  ESP32: { address: 0x3ff000, bytes: 4096 },
};
const RECORD_BYTES = 56;
const TURNS = 2000;
/** An address nobody answers at froze the interpreter for 35.6 s. */
const CONNECT_LIMIT_MS = 90_000;
const RESTART_LIMIT_MS = 30_000;
const TELNET_PORT = 23;
/** What a simulated board has in place of its chip's number. */
const SIMULATOR_SERIAL = 'simulator';

/** Rejects with ProvisionFailure where the board cannot be reached. The stream is closed in any case. */
export async function measureBoard(options: MeasureOptions, ports: MeasurePorts): Promise<Report> {
  const stream = await ports.open();
  try {
    return await run(options, { ...ports, prompt: makePromptClient(stream, ports) });
  } finally {
    await stream.close();
  }
}

type Run = MeasurePorts & { prompt: PromptClient };

async function run(options: MeasureOptions, ports: Run): Promise<Report> {
  const { prompt, say } = ports;
  const passwords = (await prompt.find()) === 'locked' ? await ports.passwords() : [];
  const access = await reachPrompt(prompt, passwords);
  const facts = await checkBoard(prompt);
  const board = (await boardOfFirmware(prompt)) ?? null;
  const simulated = (await askFor(prompt, 'process.env.SERIAL')) === SIMULATOR_SERIAL;
  const rows: ReportRow[] = [];
  const add = (id: CheckId, measured: Measured) => void rows.push(judge(id, measured));

  say('Memory and speed.');
  await measureMemory(prompt, { facts, add });
  say('One page of flash.');
  await measureFlash(prompt, { facts, add });
  say('Radio.');
  await measureRadio(ports, { facts, add });
  say(`Connecting to ${options.deadAddress}; keys wait until that has failed, up to a minute.`);
  add('connect.block', { value: await silentSeconds(ports, options) });
  const restarts = !options.withoutRestart && facts.chip === 'ESP32' && !simulated;
  if (restarts) {
    say('The watchdog: the board restarts.');
    await measureWatchdog(ports, add);
  } else {
    add('watchdog', {
      missing: simulated ? 'a simulator' : facts.chip === 'ESP32' ? 'left out' : 'has none',
    });
    add('prompt.locked', { missing: 'not restarted' });
    // As it was found.
    if (access === 'unlocked') await prompt.type('E.lockConsole();print("PJ locked")', /PJ locked/);
  }
  add('brown-out', { missing: 'to be tried' });
  const ok = rows.every(({ verdict }) => verdict !== 'beyond');
  return { interpreter: facts.version, chip: facts.chip, board, simulated, rows, ok };
}

interface Measuring {
  facts: BoardFacts;
  add(id: CheckId, measured: Measured): void;
}

async function measureMemory(prompt: PromptClient, { facts, add }: Measuring): Promise<void> {
  const memory = await numbersOf(prompt, '(function(m){return [m.total,m.free]})(process.memory())');
  add('memory.blocks', numberOr(memory[0]));
  add('memory.free', numberOr(memory[1]));
  const heap = facts.chip === 'ESP32' ? await numbersOf(prompt, '[require("ESP32").getState().minHeap]') : [];
  add('heap.least', facts.chip === 'ESP32' ? numberOr(heap[0]) : { missing: 'has no heap of its own' });
  const turn = await numbersOf(
    prompt,
    `(function(){var i=0,t=getTime();while(i<${TURNS})i++;return [(getTime()-t)*${1e6 / TURNS}]})()`,
  );
  add('speed.turn', numberOr(turn[0]));
}

/**
 * One expression from the look at the page to its being blank again, so that a line that breaks leaves nothing. Power
 * that fails in between leaves what the next measuring knows as its own.
 */
async function measureFlash(prompt: PromptClient, { facts, add }: Measuring): Promise<void> {
  const page = SPARE_PAGES[facts.chip];
  const rows = ['flash.write', 'flash.erase', 'flash.sound'] as const;
  if (!page) {
    for (const id of rows) add(id, { missing: 'no spare page known' });
    return;
  }
  const blank = Buffer.alloc(page.bytes, 0xff);
  const ours = Buffer.concat([Buffer.alloc(RECORD_BYTES), blank.subarray(RECORD_BYTES)]);
  const answer = await askFor(
    prompt,
    `(function(a,n,b,o){var f=require("Flash"),d=new Uint8Array(${RECORD_BYTES}),t,w,k;` +
      'function c(){return E.CRC32(f.read(n,a))>>>0}function e(){t=getTime();f.erasePage(a);return getTime()-t}' +
      'if(c()==o)e();if(c()!=b)return "used";' +
      't=getTime();f.write(d,a);w=getTime()-t;k=c()==o;t=e();return [w*1e3,t*1e3,k&&c()==b?1:0]' +
      `})(${page.address},${page.bytes},${crc32(blank)},${crc32(ours)})`,
  );
  if (!Array.isArray(answer)) {
    for (const id of rows) add(id, { missing: answer === 'used' ? 'the page is in use' : 'no answer' });
    return;
  }
  const [writeMs, eraseMs, sound] = answer.map(Number);
  add('flash.write', numberOr(writeMs));
  add('flash.erase', numberOr(eraseMs));
  add('flash.sound', { word: sound === 1 ? 'yes' : 'no', right: sound === 1 });
}

async function measureRadio(ports: Run, { facts, add }: Measuring): Promise<void> {
  const { prompt } = ports;
  if (facts.chip !== 'ESP32') {
    for (const id of ['radio.bluetooth', 'radio.access-point', 'radio.telnet'] as const)
      add(id, { missing: 'has no radio' });
    return;
  }
  const bluetooth = await bluetoothIsOn(prompt, facts);
  add('radio.bluetooth', { word: bluetooth ? 'on' : 'off', right: !bluetooth });
  const mode = await askFor(prompt, 'require("Wifi").getStatus().mode');
  const isPoint = typeof mode === 'string' && mode.includes('AP');
  add(
    'radio.access-point',
    typeof mode === 'string' ? { word: isPoint ? 'on' : 'off', right: !isPoint } : { missing: 'no answer' },
  );
  const address = await askFor(prompt, 'require("Wifi").getIP().ip');
  if (typeof address !== 'string' || !/^(?!0\.)\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    add('radio.telnet', { missing: 'in no Wi-Fi' });
    return;
  }
  const isOpen = await ports.answersAt(address, TELNET_PORT);
  add('radio.telnet', { word: isOpen ? 'open' : 'closed', right: !isOpen });
}

/** From outside, because the interpreter's own clock may stand still too. */
async function silentSeconds({ prompt, clock }: Run, options: MeasureOptions): Promise<number> {
  const to = JSON.stringify({ host: options.deadAddress, port: options.deadPort });
  const startMs = clock.monotonicMs();
  await prompt.type(
    `print("PJM"+"connecting");try{(function(s){s.on("error",function(){});s.end()})(require("net").connect(${to},function(){}))}catch(e){}`,
    /PJMconnecting/,
  );
  const back = await prompt.type('print("PJM"+"back")', /PJMback/, CONNECT_LIMIT_MS);
  if (!back)
    throw new ProvisionFailure('port.lost', `silent for ${CONNECT_LIMIT_MS / 1000} s after connecting`);
  return (clock.monotonicMs() - startMs) / 1000;
}

async function measureWatchdog({ prompt, clock }: Run, add: Measuring['add']): Promise<void> {
  const hasPassword = (await askFor(prompt, '(require("Storage").read("pj.lock")||"").length>0')) === true;
  const startMs = clock.monotonicMs();
  const trial = `E.enableWatchdog(${WATCHDOG_TRIAL_SECONDS},true);print("PJM"+"endless");while(true);`;
  await prompt.type(trial, /PJMendless/);
  const banner = await prompt.hear(/PJ1 screen|Espruino is Open Source|password>/, RESTART_LIMIT_MS);
  if (!banner) {
    add('watchdog', { value: RESTART_LIMIT_MS / 1000 });
    add('prompt.locked', { missing: 'not restarted' });
    return;
  }
  add('watchdog', { value: (clock.monotonicMs() - startMs) / 1000 });
  const state = await prompt.find();
  add(
    'prompt.locked',
    hasPassword ? { word: state, right: state === 'locked' } : { missing: 'has no password' },
  );
}

async function askFor(prompt: PromptClient, source: string): Promise<unknown> {
  const told = await prompt.evaluate(source);
  return told.ok ? told.value : undefined;
}

async function numbersOf(prompt: PromptClient, source: string): Promise<unknown[]> {
  const value = await askFor(prompt, source);
  return Array.isArray(value) ? value : [];
}

const numberOr = (value: unknown): Measured =>
  typeof value === 'number' && Number.isFinite(value) ? { value } : { missing: 'no answer' };
