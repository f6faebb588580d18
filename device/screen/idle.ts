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
import { clockOf, type WallClock } from '../core/wall-clock.ts';
import { type Band, type Item, picture, rectangle } from './bands.ts';
import { centered, type Drawing, text } from './layout.ts';
import { ACCENT, ALARM, INK, MIST, WHITE } from './theme.ts';

const CLOCK_TOP = 104;
const CLOCK_DIGIT_PX = 48;
const DATE_DIGIT_PX = 14;
const DATE_TOP = 178;
const STATUS_TOP = 208;

export function layoutIdle(drawing: Drawing, known: Known, wallMs: number): Band[] {
  return [
    place(drawing, known),
    who(drawing, known),
    clock(drawing, wallMs),
    date(drawing, known, wallMs),
  ].concat(status(drawing, known));
}

function place(drawing: Drawing, known: Known): Band {
  const image = known.desk?.place;
  return {
    top: 0,
    rows: 40,
    paper: ACCENT,
    key: 'place',
    subject: image,
    items: () => [
      image
        ? picture(drawing.assets.unpack(image), 8, 4, WHITE, ACCENT)
        : centered(drawing, TEXT_TITLE, 6, WHITE, ACCENT),
    ],
  };
}

function who(drawing: Drawing, known: Known): Band {
  const image = known.desk?.who;
  return {
    top: 40,
    rows: 56,
    paper: WHITE,
    key: `who${known.desk !== undefined}`,
    subject: image,
    items() {
      if (image) return [picture(drawing.assets.unpack(image), 8, 50, INK, WHITE)];
      return known.desk ? [centered(drawing, TEXT_NOBODY, 52, INK, WHITE)] : [];
    },
  };
}

function clock(drawing: Drawing, wallMs: number): Band {
  const now = clockOf(wallMs);
  const minutes = now ? `${now.hour}:${now.minute}` : '';
  return {
    top: 96,
    rows: 80,
    paper: WHITE,
    key: `clock${minutes}`,
    items() {
      const digits = now ? [now.hour / 10, now.hour % 10, now.minute / 10, now.minute % 10] : [];
      const items: Item[] = [];
      let x = (320 - 4.5 * CLOCK_DIGIT_PX) / 2;
      for (let index = 0; index < 4; index++) {
        const id = now ? CLOCK_0 + Math.floor(digits[index]!) : CLOCK_DASH;
        items.push(picture(drawing.assets.bitmap(id), x, CLOCK_TOP, INK, WHITE));
        x += CLOCK_DIGIT_PX;
        if (index === 1) {
          items.push(picture(drawing.assets.bitmap(CLOCK_COLON), x, CLOCK_TOP, ACCENT, WHITE));
          x += CLOCK_DIGIT_PX / 2;
        }
      }
      return items;
    },
  };
}

/** The date, or that presses are taken although the gateway is away. */
function date(drawing: Drawing, known: Known, wallMs: number): Band {
  const now = clockOf(wallMs);
  const taken = known.link !== 'online' && known.desk !== undefined && known.desk.unlinked && known.desk.who;
  return {
    top: 176,
    rows: 32,
    paper: WHITE,
    key: taken ? 'taken' : `date${now ? now.day : ''}`,
    items() {
      if (taken) return [centered(drawing, TEXT_STILL_TAKEN, DATE_TOP, INK, WHITE)];
      return now ? dateItems(drawing, now) : [];
    },
  };
}

function dateItems(drawing: Drawing, now: WallClock): Item[] {
  const weekday = text(drawing, TEXT_SUNDAY + 2 * now.weekday);
  const shown = `${now.year}-${twoDigits(now.month)}-${twoDigits(now.day)}`;
  let x = (320 - shown.length * DATE_DIGIT_PX - DATE_DIGIT_PX - weekday.width) / 2;
  const items: Item[] = [];
  for (let index = 0; index < shown.length; index++) {
    const code = shown.charCodeAt(index);
    const id = code === 45 ? DIGIT_DASH : DIGIT_0 + code - 48;
    items.push(picture(drawing.assets.bitmap(id), x, DATE_TOP, INK, WHITE));
    x += DATE_DIGIT_PX;
  }
  items.push(picture(weekday, x + DATE_DIGIT_PX, DATE_TOP, INK, WHITE));
  return items;
}

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : `${number}`);

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

function status(drawing: Drawing, known: Known): Band {
  const online = known.link === 'online';
  return {
    top: STATUS_TOP,
    rows: 32,
    paper: MIST,
    key: `status${known.link}${known.nearlyFull}`,
    items() {
      // A square dot when all is well, a bar when not: told by shape and words as well as colour.
      const items = [
        online ? rectangle(8, STATUS_TOP + 10, 12, 12, ACCENT) : rectangle(0, STATUS_TOP, 12, 32, ALARM),
        picture(text(drawing, linkText(known.link)), 28, STATUS_TOP + 4, online ? INK : ALARM, MIST),
      ];
      if (known.nearlyFull) {
        const image = text(drawing, TEXT_NEARLY_FULL);
        items.push(picture(image, 312 - image.width, STATUS_TOP + 4, ALARM, MIST));
      }
      return items;
    },
  };
}
