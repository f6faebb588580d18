// The set-up page on the device's own screen: why it is alone, which access point to join, and the code, which is the
// password of the access point too.
import { CLOCK_0, DIGIT_0, TEXT_SETUP_JOIN, TEXT_SETUP_OPEN } from '../assets/catalog.ts';
import { troubleNumber } from '../core/faults.ts';
import { type Item, picture } from '../screen/bands.ts';
import { linkText } from '../screen/idle.ts';
import { ALARM, INK, WHITE } from '../screen/theme.ts';
import { band, codeAt, text, type View, type ViewBand } from '../screen/view.ts';

const MARGIN_PX = 8;
const SMALL_DIGIT_PX = 16;
const DIGIT_PX = 56;
const DIGITS_A_ROW = 4;
const CODE_TOPS = [100, 170];

export interface SetupCodes {
  /** Digits behind the access point's name. */
  name: string;
  code: string;
}

export function layoutSetup(view: View, codes: SetupCodes): ViewBand[] {
  const link = view.state.known.link;
  const head = (of: View): Item[] => {
    const known = of.state.known;
    const items = [picture(text(of, linkText(known.link)), MARGIN_PX, 4, WHITE, ALARM)];
    const code = troubleNumber(known.link);
    return code ? items.concat(codeAt(of, code, { y: 4, ink: WHITE, paper: ALARM })) : items;
  };
  const lines = (of: View): Item[] => {
    const join = text(of, TEXT_SETUP_JOIN);
    const items = [picture(join, MARGIN_PX, 36, INK, WHITE)];
    put(of, items, {
      digits: codes.name,
      first: DIGIT_0,
      x: MARGIN_PX + join.width,
      y: 36,
      stepPx: SMALL_DIGIT_PX,
    });
    items.push(picture(text(of, TEXT_SETUP_OPEN), MARGIN_PX, 66, INK, WHITE));
    return items;
  };
  const code = (of: View): Item[] => {
    const items: Item[] = [];
    for (let row = 0; row < CODE_TOPS.length; row++)
      put(of, items, {
        digits: codes.code.slice(row * DIGITS_A_ROW, (row + 1) * DIGITS_A_ROW),
        first: CLOCK_0,
        x: (320 - DIGITS_A_ROW * DIGIT_PX) / 2,
        y: CODE_TOPS[row]!,
        stepPx: DIGIT_PX,
      });
    return items;
  };
  return [
    band(0, 32, ALARM, `setup${link}`, undefined, head),
    band(32, 64, WHITE, `setup${codes.name}`, undefined, lines),
    band(96, 144, WHITE, `setup${codes.code}`, undefined, code),
  ];
}

interface Digits {
  digits: string;
  /** Bitmap of 0. */
  first: number;
  x: number;
  y: number;
  stepPx: number;
}

function put(view: View, items: Item[], given: Digits): void {
  for (let index = 0; index < given.digits.length; index++) {
    const digit = view.assets.bitmap(given.first + given.digits.charCodeAt(index) - 48);
    items.push(picture(digit, given.x + index * given.stepPx, given.y, INK, WHITE));
  }
}
