// Which bands a state of the evaluator has. Positions in pixels on 320×240; bands begin at multiples of 8.
import type { Assets } from '../assets/assets.ts';
import type { State } from '../core/evaluator.ts';
import { type Band, type Item, picture } from './bands.ts';
import { layoutIdle } from './idle.ts';
import { layoutNotice } from './notice.ts';
import { layoutOptions } from './options.ts';

export interface View {
  state: State;
  /** Milliseconds since 1970-01-01 UTC, 0 while unknown. */
  wallMs: number;
  /** Tenths left of the time in which the choice can be changed, 10 to 0. */
  tenthsLeft: number;
}

export interface Drawing {
  assets: Assets;
  /** 0 Chinese, 1 English. */
  language: number;
}

export function layout(drawing: Drawing, view: View): Band[] {
  const state = view.state;
  switch (state.name) {
    case 'idle':
      return layoutIdle(drawing, state.known, view.wallMs);
    case 'card':
    case 'chosen':
      return layoutOptions(drawing, view);
    default:
      return layoutNotice(drawing, state);
  }
}

export const text = (drawing: Drawing, id: number) => drawing.assets.bitmap(id + drawing.language);

/** A text in the middle of the screen's width. */
export function centered(drawing: Drawing, id: number, y: number, ink: number, paper: number): Item {
  const image = text(drawing, id);
  return picture(image, (320 - image.width) / 2, y, ink, paper);
}
