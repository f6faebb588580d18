// One evaluator on one engine before a scripted gateway, and the trace of what it did: screens by their bytes, lights,
// sounds, thanks, publishes, raw flash. What depends on the moment is masked; all else must be equal on every engine.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freeTcpAndUdpPort } from '../../gateway/testing/free-ports.ts';
import type { DownKind } from '../../protocol/constants.ts';
import type { DeviceEngine, EngineOptions, FirmwareImage } from '../engine.ts';
import { LINUX } from '../espruino/geometry.ts';
import { type ListeningServer, listenOnRealSockets } from '../scripted-gateway/real-sockets.ts';
import { createScriptedGateway, type ScriptedSession } from '../scripted-gateway/scripted-gateway.ts';
import { withoutTimes } from './masked-flash.ts';
import { createScreenBytes } from './screen-bytes.ts';

/** Five seconds past a minute, so that no clock on a screen turns within a scenario. */
const WALL_MS = Date.UTC(2026, 1, 13, 1, 30, 5);
const WAIT_LIMIT_MS = 45_000;
const LOOK_EVERY_MS = 5;
/** Where the bar is that shrinks while a choice can be changed. */
const BAR = { top: 24, rows: 8 };
/** A key typed sooner than this after another may be taken for the same stroke: DOUBLE_STRIKE_MS and its release. */
const APART_MS = 400;
/** Fields that tell a moment or this engine. */
const MOMENTS = new Set(['n', 'uptime', 'wall', 'sig', 'interp', 'mem', 'fw', 'drift']);

export const TRACE_IDENTITY = {
  hall: 'hall',
  device: 'dev-a',
  handle: '0123456789abcdef',
  key: '5a'.repeat(32),
  gen: 1,
};

export interface Trace {
  /** `screen idle 3f…`, `lights 31`, `sound key`, `thanked 1`. */
  console: string[];
  /** `hello {…}`, in their order. */
  published: string[];
  /** SHA-256 of journal and identity area at each power cut and at the end. */
  flash: string[];
}

export interface Stage {
  readonly trace: Trace;
  /** The newest session that said hello. */
  session(): ScriptedSession;
  powerOn(): Promise<void>;
  /** Cuts the power and adds raw flash to the trace. */
  powerOff(): Promise<void>;
  prompt(line: string): void;
  /** Types `press(level)` once no earlier key can count as the same stroke. */
  press(level: number): Promise<void>;
  /** Powers on, provisions, and waits for the screen that follows. */
  provision(): Promise<void>;
  /** Waits for a console line that begins so, after the one last waited for; a screen is drawn then. */
  shows(start: string): Promise<void>;
  /** Does `act` and waits for the drawing that follows although the screen keeps its name. */
  redraws(act: () => void): Promise<void>;
  published(kind: string, count: number): Promise<void>;
  /** Waits for a new session and answers its hello. */
  greet(): Promise<void>;
  send(kind: DownKind, message: object): void;
  /** Nothing answers at the gateway's address until `gatewayReturns`. */
  gatewayLeaves(): Promise<void>;
  gatewayReturns(): Promise<void>;
  end(): Promise<void>;
}

export interface StageOptions {
  folder: string;
  firmware: FirmwareImage;
  makeEngine(options: EngineOptions): DeviceEngine;
}

export async function openStage({ folder, firmware, makeEngine }: StageOptions): Promise<Stage> {
  const trace: Trace = { console: [], published: [], flash: [] };
  const port = await freeTcpAndUdpPort();
  const settings = { gateway: '127.0.0.1', port };
  const engine = makeEngine({
    folder,
    firmware,
    extraFiles: { 'pj.net': Buffer.from(JSON.stringify(settings)) },
  });
  const screen = createScreenBytes();
  const seen: string[] = [];
  const counts = new Map<string, number>();
  let greeted = 0;
  let hellos = 0;
  let waitedTo = 0;
  let drawn = true;
  let frames = 0;
  let memories = 0;
  let lastFrame = '';
  let lastPressMs = 0;

  const gateway = createScriptedGateway({
    devices: [TRACE_IDENTITY],
    wallMs: () => WALL_MS,
    onHello: () => {
      hellos += 1;
    },
    onPublish({ kind, body }) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      trace.published.push(`${kind} ${JSON.stringify(body ?? 'not authentic', masked)}`);
    },
  });
  let listening: ListeningServer | undefined = await listenOnRealSockets(gateway, port);

  engine.onConsoleLine((line) => {
    const [, kind, text] = /^PJ1 (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'memory') memories += 1;
    if (kind === 'strip') screen.takeStrip(text!);
    else if (kind === 'frame') finishDrawing(text!);
    else if (kind === 'screen' || kind === 'lights' || kind === 'sound' || kind === 'thanked') {
      if (kind === 'screen') drawn = false;
      trace.console.push(`${kind} ${text}`);
      seen.push(`${kind} ${text}`);
    } else if (line.startsWith('Uncaught') || line.includes('ERROR')) trace.console.push(line);
  });

  /** The newest screen line gets the number of what was drawn for it; with a bar that moves, of all but the bar. */
  const finishDrawing = (frame: string) => {
    frames += 1;
    lastFrame = frame;
    if (drawn) return;
    drawn = true;
    const at = trace.console.findLastIndex((line) => line.startsWith('screen '));
    const isChosen = trace.console[at]!.startsWith('screen chosen');
    trace.console[at] += ` ${isChosen ? screen.hash(BAR) : frame}`;
  };

  const until = async (what: string, holds: () => boolean) => {
    const endMs = performance.now() + WAIT_LIMIT_MS;
    while (!holds()) {
      if (performance.now() > endMs)
        throw new Error(`waited in vain for ${what}; the console said:\n${trace.console.join('\n')}`);
      await delay(LOOK_EVERY_MS);
    }
  };

  const stage: Stage = {
    trace,
    session: () => gateway.online(TRACE_IDENTITY.device)!,
    async powerOn() {
      await engine.powerOn();
    },
    async powerOff() {
      await engine.powerOff();
      const { journal, identity, pageBytes } = LINUX;
      const journalBytes = await engine.readFlash(journal.offset, journal.bytes);
      const identityBytes = await engine.readFlash(identity.offset, identity.bytes);
      const hash = createHash('sha256').update(withoutTimes(journalBytes, pageBytes)).update(identityBytes);
      trace.flash.push(hash.digest('hex').slice(0, 16));
    },
    prompt: (line) => engine.prompt(line),
    async press(level) {
      await delay(Math.max(0, lastPressMs + APART_MS - performance.now()));
      engine.prompt(`press(${level})`);
      lastPressMs = performance.now();
    },
    async provision() {
      await stage.powerOn();
      await stage.shows('screen unprovisioned');
      engine.prompt(`provision(${JSON.stringify(TRACE_IDENTITY)})`);
      await stage.shows('screen offline-idle');
    },
    async redraws(act) {
      const before = frames;
      act();
      await until('a drawing', () => frames > before);
      trace.console.push(`redrawn ${lastFrame}`);
    },
    async shows(start) {
      await until(start, () => {
        const at = seen.findIndex((line, index) => index >= waitedTo && line.startsWith(start));
        if (at < 0) return false;
        waitedTo = at + 1;
        return true;
      });
      if (start.startsWith('screen')) await until(`the drawing of ${start}`, () => drawn);
    },
    published: (kind, count) => until(`${count} × ${kind}`, () => (counts.get(kind) ?? 0) >= count),
    async greet() {
      await until('a hello', () => hellos > greeted && stage.session() !== undefined);
      greeted = hellos;
      // From a screen at rest on: the same strips are mirrored on every engine.
      engine.prompt('mirror(true)');
      const asked = memories;
      engine.prompt('memory()');
      await until('the prompt', () => memories > asked);
      stage.session().tellTime();
    },
    send: (kind, message) => void stage.session().send(kind, message),
    async gatewayLeaves() {
      await listening?.close();
      listening = undefined;
    },
    async gatewayReturns() {
      listening = await listenOnRealSockets(gateway, port);
    },
    async end() {
      await engine.powerOff();
      await listening?.close();
    },
  };
  return stage;
}

function masked(key: string, value: unknown): unknown {
  return MOMENTS.has(key) ? '·' : value;
}
