// The screens that say one thing: thanks, paused, full, fault, not provisioned. An icon, a large line, a smaller
// one that says what to do, and for a fault its number.
import {
  DIGIT_0,
  ICON_DONE,
  ICON_PAUSE,
  ICON_SETUP,
  ICON_WARNING,
  TEXT_CODE,
  TEXT_FAULT,
  TEXT_FAULT_FLASH,
  TEXT_FAULT_START,
  TEXT_FULL,
  TEXT_KEPT,
  TEXT_PAUSED,
  TEXT_PROVISION,
  TEXT_TELL_STAFF,
  TEXT_THANKS,
  TEXT_UNPROVISIONED,
  TEXT_WAIT,
} from '../assets/catalog.ts';
import type { State } from '../core/evaluator.ts';
import { faultNumber } from '../core/faults.ts';
import { type Item, picture } from './bands.ts';
import { ACCENT, ALARM, INK, WHITE } from './theme.ts';
import { band, centered, text, type View, type ViewBand } from './view.ts';

/** Icon, title, advice, paper. A function, so that it stays in flash. */
function noticeOf(state: State): [number, number, number, number] {
  switch (state.name) {
    case 'paused':
      return [ICON_PAUSE, TEXT_PAUSED, TEXT_WAIT, INK];
    case 'full':
      return [ICON_WARNING, TEXT_FULL, TEXT_TELL_STAFF, ALARM];
    case 'fault': {
      const advice = state.known.fault === 'flash' ? TEXT_FAULT_FLASH : TEXT_FAULT_START;
      return [ICON_WARNING, TEXT_FAULT, advice, ALARM];
    }
    case 'unprovisioned':
      return [ICON_SETUP, TEXT_UNPROVISIONED, TEXT_PROVISION, INK];
    default:
      return [ICON_DONE, TEXT_THANKS, TEXT_KEPT, ACCENT];
  }
}

export function layoutNotice(view: View): ViewBand[] {
  const state = view.state;
  const paper = noticeOf(state)[3];
  const key = `${state.name}${state.known.fault ?? ''}`;
  return [band(0, 112, paper, key, undefined, paintIcon), band(112, 128, paper, key, undefined, paintWords)];
}

function paintIcon(view: View): Item[] {
  const notice = noticeOf(view.state);
  return [picture(view.assets.bitmap(notice[0]), 124, 32, WHITE, notice[3])];
}

function paintWords(view: View): Item[] {
  const notice = noticeOf(view.state);
  const paper = notice[3];
  const items = [centered(view, notice[1], 120, WHITE, paper), centered(view, notice[2], 176, WHITE, paper)];
  const fault = view.state.name === 'fault' ? view.state.known.fault : undefined;
  if (fault) {
    const code = text(view, TEXT_CODE);
    const left = (320 - code.width - 24) / 2;
    items.push(picture(code, left, 206, WHITE, paper));
    items.push(
      picture(view.assets.bitmap(DIGIT_0 + faultNumber(fault)), left + code.width + 8, 206, WHITE, paper),
    );
  }
  return items;
}
