// Which bands a state of the evaluator has. Positions in pixels on 320×240; bands begin at multiples of 8.
import { NO_HANDLE } from '../../protocol/constants.ts';
import type { Known } from '../core/known.ts';
import { layoutIdle } from './idle.ts';
import { layoutNotice } from './notice.ts';
import { layoutOptions } from './options.ts';
import type { View, ViewBand } from './view.ts';

const takesUnlinked = (known: Known): boolean =>
  known.desk?.unlinked === true && known.desk.staff !== NO_HANDLE;

export function layout(view: View): ViewBand[] {
  const setup = view.state.known.setup;
  // What outranks it is a card, a press, and a fault.
  if (setup && ['idle', 'paused', 'full'].includes(view.state.name)) return setup.layout(view);
  switch (view.state.name) {
    case 'idle':
      return view.touch && takesUnlinked(view.state.known) ? layoutOptions(view) : layoutIdle(view);
    case 'card':
    case 'chosen':
      return layoutOptions(view);
    case 'reasons':
      return view.state.offer.layout(view);
    default:
      return layoutNotice(view);
  }
}
