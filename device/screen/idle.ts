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
  TEXT_NO_CLOCK,
  TEXT_NO_GATEWAY,
  TEXT_NO_LINK,
  TEXT_NO_WIFI,
  TEXT_NOBODY,
  TEXT_ONLINE,
  TEXT_REFUSED,
  TEXT_STILL_TAKEN,
  TEXT_SUNDAY,
  TEXT_TITLE,
  TEXT_WIFI_PASSWORD,
} from '../assets/catalog.ts';
import type { Image, LinkState } from '../contracts.ts';
import { troubleNumber } from '../core/faults.ts';
import type { Known } from '../core/known.ts';
import { clockOf } from '../core/wall-clock.ts';
import { type Item, picture, rectangle } from './bands.ts';
import { ACCENT, ALARM, BLACK, INK, IVORY, MIST, WHITE } from './theme.ts';
import { band, centered, codeAt, text, type View, type ViewBand } from './view.ts';

const CLOCK_TOP = 104;
const CLOCK_DIGIT_PX = 48;
const DATE_DIGIT_PX = 14;
const DATE_TOP = 178;
const STATUS_TOP = 208;
const MARGIN_PX = 8;
/** Words and photo then just fit beside each other. */
const PHOTO_MARGIN_PX = 4;
const PHOTO_TOP = 100;

export function layoutIdle(view: View): ViewBand[] {
  const known = view.state.known;
  const desk = known.desk;
  const minutes = Math.floor(view.wallMs / 60_000);
  const status = `status${known.link}${known.nearlyFull}`;
  return [
    band(0, 40, ACCENT, 'place', desk?.place, paintPlace),
    band(40, 56, WHITE, `who${desk !== undefined}`, desk?.who, paintStaff),
    band(96, 80, WHITE, `clock${minutes}`, photoOf(known), paintClock),
    band(
      176,
      32,
      WHITE,
      isStillTaken(known) ? 'taken' : (clockOf(view.wallMs)?.date ?? known.link),
      photoOf(known),
      paintDate,
    ),
    band(STATUS_TOP, 32, MIST, status, undefined, paintStatus),
  ];
}

/** Presses are taken although the gateway is away. */
const isStillTaken = (known: Known): boolean =>
  known.link !== 'online' && known.desk !== undefined && known.desk.unlinked && known.desk.who !== undefined;

/** Beside clock and date; left out where their room is needed for words. */
const photoOf = (known: Known): Image | undefined => (isStillTaken(known) ? undefined : known.desk?.photo);

/** What leaves the room for a photo at the right. */
function withPhoto(view: View, items: Item[], wordsPx: number): Item[] {
  const photo = photoOf(view.state.known);
  const shift = photo ? PHOTO_MARGIN_PX - (320 - wordsPx) / 2 : 0;
  for (const item of items) item.x += shift;
  if (photo) items.push(picture(view.assets.unpack(photo), 316 - photo.w, PHOTO_TOP, BLACK, IVORY));
  return items;
}

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
  return withPhoto(view, items, 4.5 * CLOCK_DIGIT_PX);
}

function paintDate(view: View): Item[] {
  if (isStillTaken(view.state.known)) return [centered(view, TEXT_STILL_TAKEN, DATE_TOP, INK, WHITE)];
  const now = clockOf(view.wallMs);
  if (!now) return view.state.known.link === 'online' ? codeLine(view, TEXT_NO_CLOCK, 'clock') : [];
  const weekday = text(view, TEXT_SUNDAY + 2 * now.weekday);
  const wordsPx = (now.date.length + 1) * DATE_DIGIT_PX + weekday.width;
  let x = (320 - wordsPx) / 2;
  const items: Item[] = [];
  for (let index = 0; index < now.date.length; index++) {
    const code = now.date.charCodeAt(index);
    const id = code === 45 ? DIGIT_DASH : DIGIT_0 + code - 48;
    items.push(picture(view.assets.bitmap(id), x, DATE_TOP, INK, WHITE));
    x += DATE_DIGIT_PX;
  }
  items.push(picture(weekday, x + DATE_DIGIT_PX, DATE_TOP, INK, WHITE));
  return withPhoto(view, items, wordsPx);
}

function codeLine(view: View, id: number, code: 'clock'): Item[] {
  const image = text(view, id);
  const items = [picture(image, MARGIN_PX, DATE_TOP, INK, WHITE)];
  return items.concat(codeAt(view, troubleNumber(code), { y: DATE_TOP, ink: INK, paper: WHITE }));
}

export function linkText(link: LinkState): number {
  switch (link) {
    case 'online':
      return TEXT_ONLINE;
    case 'connecting':
      return TEXT_CONNECTING;
    case 'no-link':
      return TEXT_NO_LINK;
    case 'no-wifi':
      return TEXT_NO_WIFI;
    case 'wifi-password':
      return TEXT_WIFI_PASSWORD;
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
    return items;
  }
  const code = troubleNumber(known.link);
  return code ? items.concat(codeAt(view, code, { y: STATUS_TOP + 4, ink: ALARM, paper: MIST })) : items;
}
