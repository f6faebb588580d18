// The card and the choice: prompt, matter, staff, and the five options in columns above their keys, level 5 left.
// Every level has the same size and colours; the chosen one is told by frame, fill and tick, not colour alone.
import { NO_HANDLE } from '../../protocol/constants.ts';
import {
  PILLS,
  TEXT_CHANGE,
  TEXT_OFFLINE,
  TEXT_OPTION_5,
  TEXT_OPTIONS,
  TEXT_PROMPT,
  TEXT_WINDOW_SERVICE,
  TICK,
} from '../assets/catalog.ts';
import type { State } from '../core/evaluator.ts';
import type { Known } from '../core/known.ts';
import { type Item, NO_FILL, picture, rectangle } from './bands.ts';
import { COLUMN_PX, COLUMNS_TOP } from './columns.ts';
import { ACCENT, ALARM, DIM, INK, MIST, WHITE } from './theme.ts';
import { band, centered, text, type View, type ViewBand } from './view.ts';

const PILLS_TOP = 216;
const MARGIN_PX = 8;

/** The marks over the keys: three strips that show at once that the key was felt. */
export const pillsBand = (level: number): ViewBand =>
  band(PILLS_TOP, 24, NO_FILL, `pills${level}`, undefined, paintPills);

export function layoutOptions(view: View): ViewBand[] {
  const state = view.state;
  const level = chosenLevel(state);
  const head = `${level > 0}${state.known.link === 'online'}`;
  const shown = shownIn(state);
  const card = state.name === 'chosen' && state.ballot.invitation === NO_HANDLE ? undefined : shown.card;
  return [
    pillsBand(level),
    band(0, 24, ACCENT, head, undefined, paintHead),
    // The bar at the foot of the head shrinks while the choice can be changed, a strip at a time.
    band(24, 8, ACCENT, head + view.tenthsLeft, undefined, paintHead),
    band(COLUMNS_TOP, PILLS_TOP - COLUMNS_TOP, NO_FILL, `columns${level}`, undefined, paintColumns),
    band(32, 64, WHITE, 'matter', card, paintMatter),
    band(96, 32, WHITE, 'staff', card ? card.who : shown.desk?.who, paintStaff),
  ];
}

const chosenLevel = (state: State): number => (state.name === 'chosen' ? state.ballot.level : 0);

/** What the press is for: as it was at the first key, whatever the network brought since. */
const shownIn = (state: State): Known => (state.name === 'chosen' ? state.shown : state.known);

const columnLeft = (level: number): number => (5 - level) * COLUMN_PX;

function paintPills(view: View): Item[] {
  const level = chosenLevel(view.state);
  const items = [picture(view.assets.bitmap(PILLS), 0, PILLS_TOP, level ? DIM : INK, MIST)];
  if (level) items.push(picture(view.assets.bitmap(TICK), columnLeft(level), PILLS_TOP, WHITE, ACCENT));
  return items;
}

function paintColumns(view: View): Item[] {
  const level = chosenLevel(view.state);
  const items = [picture(text(view, TEXT_OPTIONS), 0, COLUMNS_TOP, level ? DIM : INK, MIST)];
  if (!level) return items;
  const option = text(view, TEXT_OPTION_5 + 2 * (5 - level));
  items.push(picture(option, columnLeft(level), COLUMNS_TOP, WHITE, ACCENT));
  return items;
}

function paintHead(view: View): Item[] {
  const chosen = view.state.name === 'chosen';
  const y = chosen ? 1 : 4;
  const items = [picture(text(view, chosen ? TEXT_CHANGE : TEXT_PROMPT), MARGIN_PX, y, WHITE, ACCENT)];
  if (view.state.known.link !== 'online') {
    const badge = text(view, TEXT_OFFLINE);
    items.push(picture(badge, 320 - MARGIN_PX - badge.width, y, WHITE, ALARM));
  }
  if (view.tenthsLeft > 0) items.push(rectangle(MARGIN_PX, 27, 30 * view.tenthsLeft, 4, WHITE));
  return items;
}

function paintMatter(view: View): Item[] {
  const state = view.state;
  const card = shownIn(state).card;
  if (!card || (state.name === 'chosen' && state.ballot.invitation === NO_HANDLE))
    return [centered(view, TEXT_WINDOW_SERVICE, 50, INK, WHITE)];
  return [picture(view.assets.unpack(card.matter), MARGIN_PX, 32, INK, WHITE)];
}

function paintStaff(view: View): Item[] {
  const shown = shownIn(view.state);
  const who = shown.card ? shown.card.who : shown.desk?.who;
  return who ? [picture(view.assets.unpack(who), MARGIN_PX, 96, INK, WHITE)] : [];
}
