// The texts of a card and of the idle screen as images: matter, staff, place. Keeps the last ones drawn, because
// the same matters and names come all day; must not be asked for anything but texts.
import type { Image } from '../../protocol/messages.ts';
import { openScreenFont } from './font.ts';
import { makeTextImage, type TextImageRequest } from './text-image.ts';

const IMAGE_WIDTH_PX = 304;
const MATTER = { widthPx: IMAGE_WIDTH_PX, heightPx: 64, emPx: 28, lineLimit: 2 };
/** The same height all the same; more narrowed it is hard to read, and is shortened. */
const PLACE_SCALE = 0.8;
const REASON_SCALE = 0.6;
const LINE = { widthPx: IMAGE_WIDTH_PX, heightPx: 32, emPx: 26, lineLimit: 1 };
/** Five of them and a head fill a screen of 240 lines. The longest national reason has 18 characters. */
const REASON = { widthPx: 264, heightPx: 32, emPx: 24, lineLimit: 1, narrowestScale: REASON_SCALE };
const PLACE = { ...LINE, narrowestScale: PLACE_SCALE };
/** About 1.5 KiB each; the least recently used goes. */
export const CACHE_LIMIT_IMAGES = 512;

export interface ShownStaff {
  name: string;
  badgeId: string;
}

export interface Screens {
  /** The matter of an invitation; of a batch the first one and how many there are. 304×64, two lines. */
  matter(taskNames: string[]): Image;
  /** Name and badge ID (工号). 304×32. */
  who(staff: ShownStaff): Image;
  /** Hall and window. 304×32. */
  place(place: { hall: string; window: string }): Image;
  /** A reason to choose. 264×32. */
  reason(text: string): Image;
}

export interface ScreensOptions {
  onMissingGlyph: (codePoint: number) => void;
}

export function openScreens({ onMissingGlyph }: ScreensOptions): Screens {
  const tools = { font: openScreenFont(), onMissingGlyph };
  const cache = new Map<string, Image>();
  const image = (request: TextImageRequest) => {
    const key = JSON.stringify(request);
    const made = cache.get(key) ?? makeTextImage(request, tools);
    cache.delete(key);
    cache.set(key, made);
    if (cache.size > CACHE_LIMIT_IMAGES) cache.delete(cache.keys().next().value!);
    return made;
  };
  return {
    matter(taskNames) {
      const [first = '', ...others] = taskNames;
      const tail = others.length > 0 ? { tail: ` 等 ${taskNames.length} 个事项` } : {};
      return image({ text: first, ...tail, ...MATTER });
    },
    who: ({ name, badgeId }) => image({ text: name, tail: `  工号 ${badgeId}`, ...LINE }),
    reason: (text) => image({ text, ...REASON }),
    place: ({ hall, window }) => image({ text: hall, tail: `  ${window}`, ...PLACE }),
  };
}
