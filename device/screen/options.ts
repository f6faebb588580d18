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
import { type Band, NO_FILL, picture, rectangle } from './bands.ts';
import { centered, type Drawing, text, type View } from './layout.ts';
import { ACCENT, ALARM, DIM, INK, MIST, WHITE } from './theme.ts';

const COLUMN_PX = 64;
const COLUMNS_TOP = 128;
const PILLS_TOP = 216;
const MARGIN_PX = 8;

/** The marks over the keys come first: three strips that show at once that the key was felt. */
export function layoutOptions(drawing: Drawing, view: View): Band[] {
  const state = view.state;
  const level = state.name === 'chosen' ? state.ballot.level : 0;
  return [pills(drawing, level)].concat(
    head(drawing, state, view.tenthsLeft),
    columns(drawing, level),
    subject(drawing, state),
  );
}

const columnLeft = (level: number) => (5 - level) * COLUMN_PX;

function pills(drawing: Drawing, level: number): Band {
  return {
    top: PILLS_TOP,
    rows: 24,
    paper: NO_FILL,
    key: `pills${level}`,
    items() {
      const all = picture(drawing.assets.bitmap(PILLS), 0, PILLS_TOP, level ? DIM : INK, MIST);
      if (!level) return [all];
      const tick = drawing.assets.bitmap(TICK);
      return [all, picture(tick, columnLeft(level), PILLS_TOP, WHITE, ACCENT)];
    },
  };
}

function columns(drawing: Drawing, level: number): Band {
  return {
    top: COLUMNS_TOP,
    rows: PILLS_TOP - COLUMNS_TOP,
    paper: NO_FILL,
    key: `columns${level}`,
    items() {
      const all = picture(text(drawing, TEXT_OPTIONS), 0, COLUMNS_TOP, level ? DIM : INK, MIST);
      if (!level) return [all];
      const option = text(drawing, TEXT_OPTION_5 + 2 * (5 - level));
      return [all, picture(option, columnLeft(level), COLUMNS_TOP, WHITE, ACCENT)];
    },
  };
}

/** The bar at its foot shrinks while the choice can be changed, a strip at a time. */
function head(drawing: Drawing, state: State, tenthsLeft: number): Band[] {
  const chosen = state.name === 'chosen';
  const offline = state.known.link !== 'online';
  const key = `head${chosen}${offline}`;
  const y = chosen ? 1 : 4;
  const items = () => {
    const prompt = text(drawing, chosen ? TEXT_CHANGE : TEXT_PROMPT);
    const found = [picture(prompt, MARGIN_PX, y, WHITE, ACCENT)];
    if (offline) {
      const badge = text(drawing, TEXT_OFFLINE);
      found.push(picture(badge, 320 - MARGIN_PX - badge.width, y, WHITE, ALARM));
    }
    return found;
  };
  return [
    { top: 0, rows: 24, paper: ACCENT, key, items },
    {
      top: 24,
      rows: 8,
      paper: ACCENT,
      key: `${key}${chosen ? tenthsLeft : ''}`,
      items() {
        const found = items();
        if (chosen && tenthsLeft > 0) found.push(rectangle(MARGIN_PX, 27, 30 * tenthsLeft, 4, WHITE));
        return found;
      },
    },
  ];
}

/** What the press is for: as it was at the first key, whatever the network brought since. */
function subject(drawing: Drawing, state: State): Band[] {
  const shown = 'shown' in state ? state.shown : state.known;
  const unlinked = 'ballot' in state && state.ballot.invitation === NO_HANDLE;
  const card = unlinked ? undefined : shown.card;
  const who = card ? card.who : shown.desk?.who;
  return [
    {
      top: 32,
      rows: 64,
      paper: WHITE,
      key: 'matter',
      subject: card,
      items: () => [
        card
          ? picture(drawing.assets.unpack(card.matter), MARGIN_PX, 32, INK, WHITE)
          : centered(drawing, TEXT_WINDOW_SERVICE, 50, INK, WHITE),
      ],
    },
    {
      top: 96,
      rows: 32,
      paper: WHITE,
      key: 'who',
      subject: who,
      items: () => (who ? [picture(drawing.assets.unpack(who), MARGIN_PX, 96, INK, WHITE)] : []),
    },
  ];
}
