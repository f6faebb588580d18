// Keeps the panel in agreement with the evaluator's state: lays it out, draws what differs, runs the clock and the
// bar of the choice, and tells the console when the screen becomes another one.
import { CHANGE_WINDOW_MS, type Level } from '../../protocol/constants.ts';
import type { Assets } from '../assets/assets.ts';
import type { State } from '../core/evaluator.ts';
import type { TimerId, Timers } from '../ports.ts';
import { layout } from './layout.ts';
import { pillsBand } from './options.ts';
import type { Renderer } from './renderer.ts';
import type { View } from './view.ts';

const BAR_STEP_MS = CHANGE_WINDOW_MS / 10;

export interface ScreenPorts {
  assets: Assets;
  /** 0 Chinese, 1 English. */
  language: number;
  renderer: Renderer<View>;
  timers: Timers;
  /** Areas of the panel are the keys. */
  touch: boolean;
  wallMs(): number;
  tell(kind: string, text: string): void;
}

export interface Screen {
  show(state: State): void;
  /** Name of what is shown, at most 16 characters. */
  name(): string;
}

export function createScreen(ports: ScreenPorts): Screen {
  let shown: State;
  let told = '';
  let marked = 0;
  let waiting: TimerId | undefined;

  function viewOf(wallMs: number, tenthsLeft: number): View {
    return {
      assets: ports.assets,
      language: ports.language,
      state: shown,
      wallMs,
      tenthsLeft,
      touch: ports.touch,
    };
  }

  /** The mark of the chosen key is drawn before anything else is thought of. */
  function mark(level: Level): void {
    marked = level;
    drawAfter(0);
    ports.renderer.showNow(pillsBand(level), viewOf(0, 0));
  }

  function drawAfter(delayMs: number): void {
    if (waiting !== undefined) ports.timers.cancel(waiting);
    waiting = ports.timers.after(delayMs, onTimer);
  }

  function onTimer(): void {
    waiting = undefined;
    draw();
  }

  function draw(): void {
    if (waiting !== undefined) ports.timers.cancel(waiting);
    waiting = undefined;
    let tenthsLeft = 0;
    if (shown.name === 'chosen') {
      const leftMs = shown.ballot.uptimeMs + CHANGE_WINDOW_MS - ports.timers.uptimeMs();
      tenthsLeft = Math.max(0, Math.ceil(leftMs / BAR_STEP_MS));
    } else marked = 0;
    const view = viewOf(ports.wallMs(), tenthsLeft);
    ports.renderer.show(layout(view), view);
    if (tenthsLeft > 0) drawAfter(BAR_STEP_MS);
    tell();
  }

  function tell(): void {
    let text: string = shown.name;
    if (text === 'idle' && shown.known.link !== 'online') text = 'offline-idle';
    if (text === 'card') text += ` ${shown.known.card!.invitation}`;
    if ('ballot' in shown) text += ` ${shown.ballot.invitation}`;
    if (text === told) return;
    told = text;
    ports.tell('screen', text);
  }

  return {
    show(state) {
      shown = state;
      if (state.name === 'chosen' && state.ballot.level !== marked) mark(state.ballot.level);
      else draw();
    },
    name: () => told.split(' ')[0]!,
  };
}
