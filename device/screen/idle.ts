// The screen between two services: hall and window, who serves, clock and date, and for staff the state of the
// link and the journal.
import {
  CLOCK_0,
  CLOCK_COLON,
  CLOCK_DASH,
  DIGIT_0,
  DIGIT_DASH,
  TEXT_CONNECTING,
  TEXT_NEARLY_FULL,
  TEXT_NO_GATEWAY,
  TEXT_NO_LINK,
  TEXT_NOBODY,
  TEXT_ONLINE,
  TEXT_REFUSED,
  TEXT_STILL_TAKEN,
  TEXT_SUNDAY,
  TEXT_TITLE,
} from '../assets/catalog.ts';
import type { LinkState } from '../contracts.ts';
import type { Known } from '../core/known.ts';
import { clockOf } from '../core/wall-clock.ts';
import { type Item, picture, rectangle } from './bands.ts';
import { ACCENT, ALARM, INK, MIST, WHITE } from './theme.ts';
import { band, centered, text, type View, type ViewBand } from './view.ts';

const CLOCK_TOP = 104;
const CLOCK_DIGIT_PX = 48;
const DATE_DIGIT_PX = 14;
const DATE_TOP = 178;
const STATUS_TOP = 208;

export function layoutIdle(view: View): ViewBand[] {
  const known = view.state.known;
  const desk = known.desk;
  const minutes = Math.floor(view.wallMs / 60_000);
  const status = `status${known.link}${known.nearlyFull}`;
  return [
    band(0, 40, ACCENT, 'place', desk?.place, paintPlace),
    band(40, 56, WHITE, `who${desk !== undefined}`, desk?.who, paintStaff),
    band(96, 80, WHITE, `clock${minutes}`, undefined, paintClock),
    band(
      176,
      32,
      WHITE,
      isStillTaken(known) ? 'taken' : (clockOf(view.wallMs)?.date ?? ''),
      undefined,
      paintDate,
    ),
    band(STATUS_TOP, 32, MIST, status, undefined, paintStatus),
  ];
}

/** Presses are taken although the gateway is away. */
const isStillTaken = (known: Known): boolean =>
  known.link !== 'online' && known.desk !== undefined && known.desk.unlinked && known.desk.who !== undefined;

function paintPlace(view: View): Item[] {
  const desk = view.state.known.desk;
  if (!desk) return [centered(view, TEXT_TITLE, 6, WHITE, ACCENT)];
  return [picture(view.assets.unpack(desk.place), 8, 4, WHITE, ACCENT)];
}

function paintStaff(view: View): Item[] {
  const desk = view.state.known.desk;
  if (!desk) return [];
  if (!desk.who) return [centered(view, TEXT_NOBODY, 52, INK, WHITE)];
  return [picture(view.assets.unpack(desk.who), 8, 50, INK, WHITE)];
}

function paintClock(view: View): Item[] {
  const now = clockOf(view.wallMs);
  const digits = now ? now.minutes / 60 : 0;
  const hour = Math.floor(digits);
  const minute = now ? now.minutes % 60 : 0;
  const items: Item[] = [];
  let x = (320 - 4.5 * CLOCK_DIGIT_PX) / 2;
  for (const digit of [hour / 10, hour % 10, -1, minute / 10, minute % 10]) {
    const id = digit < 0 ? CLOCK_COLON : now ? CLOCK_0 + Math.floor(digit) : CLOCK_DASH;
    items.push(picture(view.assets.bitmap(id), x, CLOCK_TOP, digit < 0 ? ACCENT : INK, WHITE));
    x += digit < 0 ? CLOCK_DIGIT_PX / 2 : CLOCK_DIGIT_PX;
  }
  return items;
}

function paintDate(view: View): Item[] {
  if (isStillTaken(view.state.known)) return [centered(view, TEXT_STILL_TAKEN, DATE_TOP, INK, WHITE)];
  const now = clockOf(view.wallMs);
  if (!now) return [];
  const weekday = text(view, TEXT_SUNDAY + 2 * now.weekday);
  let x = (320 - (now.date.length + 1) * DATE_DIGIT_PX - weekday.width) / 2;
  const items: Item[] = [];
  for (let index = 0; index < now.date.length; index++) {
    const code = now.date.charCodeAt(index);
    const id = code === 45 ? DIGIT_DASH : DIGIT_0 + code - 48;
    items.push(picture(view.assets.bitmap(id), x, DATE_TOP, INK, WHITE));
    x += DATE_DIGIT_PX;
  }
  items.push(picture(weekday, x + DATE_DIGIT_PX, DATE_TOP, INK, WHITE));
  return items;
}

function linkText(link: LinkState): number {
  switch (link) {
    case 'online':
      return TEXT_ONLINE;
    case 'connecting':
      return TEXT_CONNECTING;
    case 'no-link':
      return TEXT_NO_LINK;
    case 'no-gateway':
      return TEXT_NO_GATEWAY;
    case 'refused':
      return TEXT_REFUSED;
  }
}

function paintStatus(view: View): Item[] {
  const known = view.state.known;
  const online = known.link === 'online';
  const ink = online ? INK : ALARM;
  const items = [
    // A square dot when all is well, a bar when not: told by shape and words as well as colour.
    online ? rectangle(8, STATUS_TOP + 10, 12, 12, ACCENT) : rectangle(0, STATUS_TOP, 12, 32, ALARM),
    picture(text(view, linkText(known.link)), 28, STATUS_TOP + 4, ink, MIST),
  ];
  if (known.nearlyFull) {
    const image = text(view, TEXT_NEARLY_FULL);
    items.push(picture(image, 312 - image.width, STATUS_TOP + 4, ALARM, MIST));
  }
  return items;
}
