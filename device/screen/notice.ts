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
import { type FaultCode, faultNumber } from '../core/faults.ts';
import { type Band, picture } from './bands.ts';
import { centered, type Drawing, text } from './layout.ts';
import { ACCENT, ALARM, INK, WHITE } from './theme.ts';

interface Notice {
  icon: number;
  title: number;
  advice: number;
  paper: number;
}

const NOTICES = {
  thanks: { icon: ICON_DONE, title: TEXT_THANKS, advice: TEXT_KEPT, paper: ACCENT },
  paused: { icon: ICON_PAUSE, title: TEXT_PAUSED, advice: TEXT_WAIT, paper: INK },
  full: { icon: ICON_WARNING, title: TEXT_FULL, advice: TEXT_TELL_STAFF, paper: ALARM },
  fault: { icon: ICON_WARNING, title: TEXT_FAULT, advice: TEXT_TELL_STAFF, paper: ALARM },
  unprovisioned: {
    icon: ICON_SETUP,
    title: TEXT_UNPROVISIONED,
    advice: TEXT_PROVISION,
    paper: INK,
  },
} satisfies Record<string, Notice>;

export function layoutNotice(drawing: Drawing, state: State): Band[] {
  const name = state.name === 'writing' ? 'thanks' : state.name;
  const notice: Notice = NOTICES[name as keyof typeof NOTICES];
  const paper = notice.paper;
  const fault = name === 'fault' ? state.known.fault : undefined;
  return [
    {
      top: 0,
      rows: 112,
      paper,
      key: `icon${name}`,
      items: () => [picture(drawing.assets.bitmap(notice.icon), 124, 32, WHITE, paper)],
    },
    {
      top: 112,
      rows: 128,
      paper,
      key: `words${name}${fault ?? ''}`,
      items() {
        const items = [centered(drawing, notice.title, 120, WHITE, paper)];
        items.push(centered(drawing, fault ? faultText(fault) : notice.advice, 176, WHITE, paper));
        if (fault) {
          const code = text(drawing, TEXT_CODE);
          const digit = drawing.assets.bitmap(DIGIT_0 + faultNumber(fault));
          const left = (320 - code.width - 24) / 2;
          items.push(picture(code, left, 206, WHITE, paper));
          items.push(picture(digit, left + code.width + 8, 206, WHITE, paper));
        }
        return items;
      },
    },
  ];
}

const faultText = (fault: FaultCode): number => (fault === 'flash' ? TEXT_FAULT_FLASH : TEXT_FAULT_START);
