// Which key an area of the screen is, on boards without keys: the columns of the options with the marks below them,
// and on the page of reasons its rows. Pure; the drawn positions and these are the same constants.
import type { State } from '../core/evaluator.ts';
import { HEAD_PX, rowPxOf } from '../reasons/rows.ts';
import { COLUMN_PX, COLUMNS_TOP } from './columns.ts';

/** Level of the key at a point of the screen, in pixels; 0 where none is. Points beyond the edges count as on them. */
export function levelAt(state: State, x: number, y: number): number {
  if (state.name !== 'reasons') return y < COLUMNS_TOP ? 0 : 5 - within(x / COLUMN_PX);
  const count = state.offer.options.length;
  const option = Math.floor((y - HEAD_PX) / rowPxOf(count));
  return option < 0 || option >= count ? 0 : 5 - option;
}

/** One of five. */
const within = (place: number): number => Math.max(0, Math.min(4, Math.floor(place)));
