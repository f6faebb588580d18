// Keeps the panel in agreement with the evaluator's state: lays it out, draws what differs, runs the clock and the
// bar of the choice, and tells the console when the screen becomes another one.
import { CHANGE_WINDOW_MS } from '../../protocol/constants.ts';
import type { Assets } from '../assets/assets.ts';
import type { State } from '../core/evaluator.ts';
import type { Timers } from '../ports.ts';
import { layout } from './layout.ts';
import type { Renderer } from './renderer.ts';
import type { View } from './view.ts';

/** Ten steps of the bar, and one turn to spare. */
const BAR_STEP_MS = CHANGE_WINDOW_MS / 10;

export interface ScreenPorts {
  assets: Assets;
  /** 0 Chinese, 1 English. */
  language: number;
  renderer: Renderer<View>;
  timers: Timers;
  wallMs(): number;
  tell(kind: string, text: string): void;
}

export interface Screen {
  show(state: State): void;
  /** Name of what is shown, at most 16 characters. */
  name(): string;
}

export function createScreen(ports: ScreenPorts): Screen {
  let shown: State | undefined;
  let told = '';
  let stepping = false;

  function draw(): void {
    const state = shown!;
    const ballot = 'ballot' in state ? state.ballot : undefined;
    const choosing = state.name === 'chosen';
    const leftMs = ballot ? ballot.uptimeMs + CHANGE_WINDOW_MS - ports.timers.uptimeMs() : 0;
    const tenthsLeft = choosing ? Math.max(0, Math.ceil(leftMs / BAR_STEP_MS)) : 0;
    const view: View = {
      assets: ports.assets,
      language: ports.language,
      state,
      wallMs: ports.wallMs(),
      tenthsLeft,
    };
    ports.renderer.show(layout(view), view, choosing);
    if (choosing && !stepping) {
      stepping = true;
      ports.timers.after(BAR_STEP_MS, step);
    }
  }

  function step(): void {
    stepping = false;
    if (shown!.name === 'chosen') draw();
  }

  function describe(state: State): string {
    if (state.name === 'idle') return state.known.link === 'online' ? 'idle' : 'offline-idle';
    if (state.name === 'card') return `card ${state.known.card!.invitation}`;
    return 'ballot' in state ? `${state.name} ${state.ballot.invitation}` : state.name;
  }

  return {
    show(state) {
      shown = state;
      draw();
      const text = describe(state);
      if (text === told) return;
      told = text;
      ports.tell('screen', text);
    },
    name: () => told.split(' ')[0]!,
  };
}
