// The screens that say one thing: thanks, paused, full, fault, not provisioned. An icon, a large line, a smaller
// one that says what to do, and for a fault its number.
import * as asset from '../assets/catalog.ts';
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
  thanks: { icon: asset.ICON_DONE, title: asset.TEXT_THANKS, advice: asset.TEXT_KEPT, paper: ACCENT },
  paused: { icon: asset.ICON_PAUSE, title: asset.TEXT_PAUSED, advice: asset.TEXT_WAIT, paper: INK },
  full: { icon: asset.ICON_WARNING, title: asset.TEXT_FULL, advice: asset.TEXT_TELL_STAFF, paper: ALARM },
  fault: { icon: asset.ICON_WARNING, title: asset.TEXT_FAULT, advice: asset.TEXT_TELL_STAFF, paper: ALARM },
  unprovisioned: {
    icon: asset.ICON_SETUP,
    title: asset.TEXT_UNPROVISIONED,
    advice: asset.TEXT_PROVISION,
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
          const code = text(drawing, asset.TEXT_CODE);
          const digit = drawing.assets.bitmap(asset.DIGIT_0 + faultNumber(fault));
          const left = (320 - code.width - 24) / 2;
          items.push(picture(code, left, 206, WHITE, paper));
          items.push(picture(digit, left + code.width + 8, 206, WHITE, paper));
        }
        return items;
      },
    },
  ];
}

const faultText = (fault: FaultCode): number =>
  fault === 'flash' ? asset.TEXT_FAULT_FLASH : asset.TEXT_FAULT_START;
