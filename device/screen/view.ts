// What a screen is drawn from, and the few ways every screen places a text.
import type { Assets } from '../assets/assets.ts';
import { DIGIT_0, TEXT_CODE } from '../assets/catalog.ts';
import type { State } from '../core/evaluator.ts';
import type { Bitmap } from '../ports.ts';
import { type Band, type Item, type Painter, picture } from './bands.ts';

export interface View {
  assets: Assets;
  /** 0 Chinese, 1 English. */
  language: number;
  state: State;
  /** Milliseconds since 1970-01-01 UTC, 0 while unknown. */
  wallMs: number;
  /** Tenths left of the time in which the choice can be changed, 10 to 0. */
  tenthsLeft: number;
  /** What can be pressed must be seen: areas of the panel are the keys. */
  touch: boolean;
}

export type ViewBand = Band<View>;

export const text = (view: View, id: number): Bitmap => view.assets.bitmap(id + view.language);

/** A text in the middle of the screen's width. */
export function centered(view: View, id: number, y: number, ink: number, paper: number): Item {
  const image = text(view, id);
  return picture(image, (320 - image.width) / 2, y, ink, paper);
}

export const band = (
  top: number,
  rows: number,
  paper: number,
  key: string,
  subject: object | undefined,
  paint: Painter<View>,
): ViewBand => ({ top, rows, paper, key, subject, paint });

/** A code of two digits at the right margin, behind the word for it. */
export function codeAt(view: View, code: number, place: { y: number; ink: number; paper: number }): Item[] {
  const word = text(view, TEXT_CODE);
  const digit = (value: number, x: number) =>
    picture(view.assets.bitmap(DIGIT_0 + value), x, place.y, place.ink, place.paper);
  return [
    picture(word, 312 - 40 - word.width, place.y, place.ink, place.paper),
    digit(Math.floor(code / 10), 312 - 32),
    digit(code % 10, 312 - 16),
  ];
}
