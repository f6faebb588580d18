// One evaluator of the hall: its engine, its network cable and what its console has told. Keys go in through the
// firmware's own `press`; screens, lights and thanks come out. It decides nothing.

import { readJournalImage } from '../../device/flash/journal-format.ts';
import { type Level, RECORD_PRESS } from '../../protocol/constants.ts';
import type { DeviceEngine } from '../engine.ts';
import { LINUX } from '../espruino/geometry.ts';
import type { Screen } from '../people/applicant-machine.ts';
import type { HallWindow } from '../window-system/roster.ts';
import { type ConsoleEvent, parseConsoleLine } from './console-lines.ts';
import type { StripView } from './feed-types.ts';

/** The cable between an evaluator and the gateway. */
export interface EvaluatorCable {
  cut(): void;
  restore(): void;
  stop(): Promise<void>;
}

export interface EvaluatorState {
  screen: Screen;
  lights: number;
  link: string;
  linkOpen: boolean;
  /** Newest sequence in the journal. */
  newestSeq: number;
}

export interface EvaluatorListener {
  onScreen(screen: Screen): void;
  onKey(level: Level): void;
  onThanked(seq: number): void;
  onStrip(strip: StripView): void;
  onChange(): void;
  onTrouble(sentence: string): void;
}

export interface FlashPress {
  seq: number;
  level: number;
}

export interface EvaluatorHost {
  readonly window: HallWindow;
  readonly state: Readonly<EvaluatorState>;
  readonly strips: ReadonlyMap<number, string>;
  listen(listener: Partial<EvaluatorListener>): void;
  powerOn(): Promise<void>;
  powerOff(): Promise<void>;
  press(level: Level): void;
  /** A line at the firmware's prompt. */
  type(line: string): void;
  setLinkOpen(open: boolean): void;
  /** From the flash image; only while powered off. */
  readPresses(): Promise<FlashPress[]>;
}

export interface EvaluatorHostOptions {
  window: HallWindow;
  engine: DeviceEngine;
  cable: EvaluatorCable;
  /** The firmware tells every strip it draws, from power on. */
  mirror: boolean;
}

export function createEvaluatorHost({ window, engine, cable, mirror }: EvaluatorHostOptions): EvaluatorHost {
  const state: EvaluatorState = {
    screen: { name: '', invitation: undefined },
    lights: 0,
    link: '',
    linkOpen: true,
    newestSeq: 0,
  };
  const strips = new Map<number, string>();
  const listeners: Partial<EvaluatorListener>[] = [];
  const tell = (each: (listener: Partial<EvaluatorListener>) => void) => listeners.forEach(each);
  let rebooting = false;

  const startMirror = () => {
    if (mirror) engine.prompt('mirror(true)');
  };
  const onConsole = (event: ConsoleEvent) => {
    switch (event.type) {
      case 'strip':
        strips.set(event.strip[0], event.strip[1]);
        return tell((listener) => listener.onStrip?.(event.strip));
      case 'screen':
        // Mirroring does not outlive a restart of the program.
        if (rebooting) startMirror();
        rebooting = false;
        state.screen = { name: event.name, invitation: event.invitation };
        tell((listener) => listener.onScreen?.(state.screen));
        break;
      case 'thanked':
        state.newestSeq = Math.max(state.newestSeq, event.seq);
        tell((listener) => listener.onThanked?.(event.seq));
        break;
      case 'lights':
        state.lights = event.mask;
        break;
      case 'link':
        state.link = event.state;
        break;
      case 'other':
        if (/Uncaught|ERROR/.test(event.text)) tell((listener) => listener.onTrouble?.(event.text));
        return;
      case 'log':
        if (event.text === 'provisioned') rebooting = true;
        return;
      case 'frame':
        return;
    }
    tell((listener) => listener.onChange?.());
  };
  engine.onConsoleLine((line) => onConsole(parseConsoleLine(line)));
  engine.onExit((reason) => tell((listener) => listener.onTrouble?.(`the evaluator stopped: ${reason}`)));

  return {
    window,
    state,
    strips,
    listen: (listener) => void listeners.push(listener),
    powerOn: async () => {
      await engine.powerOn();
      startMirror();
    },
    powerOff: async () => {
      if (engine.powered) await engine.powerOff();
      await cable.stop();
    },
    press: (level) => {
      tell((listener) => listener.onKey?.(level));
      engine.prompt(`press(${level})`);
    },
    type: (line) => engine.prompt(line),
    setLinkOpen: (open) => {
      if (open === state.linkOpen) return;
      state.linkOpen = open;
      if (open) cable.restore();
      else cable.cut();
      tell((listener) => listener.onChange?.());
    },
    readPresses: async () => {
      const image = await engine.readFlash(LINUX.journal.offset, LINUX.journal.bytes);
      const { records } = readJournalImage(image, LINUX.pageBytes);
      state.newestSeq = Math.max(state.newestSeq, records.at(-1)?.seq ?? 0);
      return records
        .filter((record) => record.kind === RECORD_PRESS)
        .map(({ seq, level }) => ({ seq, level }));
    },
  };
}
