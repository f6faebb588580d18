// The page of reasons: one row an option, with the number of its key, and above them, where there is room, that none
// need be given. What is marked is told by fill and tick as well as colour. Every level has the same page.
import { DIGIT_0, TEXT_REASONS, TICK_SMALL } from '../assets/catalog.ts';
import type { ReasonsState } from '../core/reasons.ts';
import { type Item, picture, rectangle } from '../screen/bands.ts';
import { ACCENT, INK, WHITE } from '../screen/theme.ts';
import { band, centered, type View, type ViewBand } from '../screen/view.ts';

/** Labels are of the gateway's making: 264×48. */
const ROW_PX = 48;
const ROWS = 5;

export function layoutReasons(view: View): ViewBand[] {
  const state = view.state as ReasonsState;
  const bands: ViewBand[] = [];
  for (let row = 0; row < ROWS; row++) {
    const option = row - headRows(state);
    const picked = isPicked(state, option);
    const paper = option < 0 ? INK : picked ? ACCENT : WHITE;
    const paint = option < 0 ? paintHead : paintOption;
    bands.push(band(row * ROW_PX, ROW_PX, paper, `reason${picked}`, state.offer, paint));
  }
  return bands;
}

const headRows = (state: ReasonsState): number => (state.offer.options.length < ROWS ? 1 : 0);

const isPicked = (state: ReasonsState, option: number): boolean =>
  option >= 0 && (state.picked & (1 << option)) !== 0;

const paintHead = (view: View): Item[] => [centered(view, TEXT_REASONS, 12, WHITE, INK)];

function paintOption(view: View, own: ViewBand): Item[] {
  const state = view.state as ReasonsState;
  const index = own.top / ROW_PX - headRows(state);
  const option = state.offer.options[index];
  if (!option) return [];
  const picked = isPicked(state, index);
  const paper = picked ? ACCENT : WHITE;
  const ink = picked ? WHITE : INK;
  const mark = picked
    ? picture(view.assets.bitmap(TICK_SMALL), 12, own.top + 12, paper, ink)
    : picture(view.assets.bitmap(DIGIT_0 + ROWS - index), 16, own.top + 12, paper, ink);
  return [
    rectangle(8, own.top + 8, 32, 32, ink),
    mark,
    picture(view.assets.unpack(option.label), 48, own.top, ink, paper),
  ];
}
