// The page of reasons: a head with the level that was pressed and that no reason need be given, and below it one row an
// option, with the number of its key. What is marked is told by fill and tick as well as colour. Every level has the
// same page.
import { DIGIT_0, TEXT_LEVEL_5, TEXT_REASONS, TICK_SMALL } from '../assets/catalog.ts';
import type { ReasonsState } from '../core/reasons.ts';
import { type Item, picture, rectangle } from '../screen/bands.ts';
import { ACCENT, INK, WHITE } from '../screen/theme.ts';
import { band, text, type View, type ViewBand } from '../screen/view.ts';
import { HEAD_PX, rowPxOf, SCREEN_PX } from './rows.ts';

/** Keys, and so options at most. */
const KEYS = 5;
const MARGIN_PX = 8;
const BOX_PX = 32;
const TEXT_PX = 24;

export function layoutReasons(view: View): ViewBand[] {
  const state = view.state as ReasonsState;
  const offer = state.offer;
  const rows = offer.options.length;
  const rowPx = rowPxOf(rows);
  const bands = [band(0, HEAD_PX, INK, 'reasons', offer, paintHead)];
  for (let index = 0; index < rows; index++) {
    const picked = isPicked(state, index);
    const paper = picked ? ACCENT : WHITE;
    bands.push(band(HEAD_PX + index * rowPx, rowPx, paper, `reason${picked}`, offer, paintOption));
  }
  const end = HEAD_PX + rows * rowPx;
  if (end < SCREEN_PX) bands.push(band(end, SCREEN_PX - end, WHITE, 'blank', undefined, paintNothing));
  return bands;
}

const isPicked = (state: ReasonsState, option: number): boolean => (state.picked & (1 << option)) !== 0;

const paintNothing = (): Item[] => [];

function paintHead(view: View): Item[] {
  const state = view.state as ReasonsState;
  const level = text(view, TEXT_LEVEL_5 + 2 * (5 - state.ballot.level));
  return [
    picture(level, MARGIN_PX, MARGIN_PX, INK, WHITE),
    picture(text(view, TEXT_REASONS), 2 * MARGIN_PX + level.width, MARGIN_PX, WHITE, INK),
  ];
}

function paintOption(view: View, own: ViewBand): Item[] {
  const state = view.state as ReasonsState;
  const index = (own.top - HEAD_PX) / own.rows;
  const picked = isPicked(state, index);
  const paper = picked ? ACCENT : WHITE;
  const ink = picked ? WHITE : INK;
  const label = view.assets.unpack(state.offer.options[index]!.label);
  const middle = own.top + own.rows / 2;
  const mark = picked
    ? picture(view.assets.bitmap(TICK_SMALL), 12, middle - TEXT_PX / 2, paper, ink)
    : picture(view.assets.bitmap(DIGIT_0 + KEYS - index), 16, middle - TEXT_PX / 2, paper, ink);
  return [
    rectangle(MARGIN_PX, middle - BOX_PX / 2, BOX_PX, BOX_PX, ink),
    mark,
    picture(label, 48, middle - label.height / 2, ink, paper),
  ];
}
