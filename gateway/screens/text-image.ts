// One text as one protocol image: characters the typeface lacks become 〓 and are told by code point, lines are
// broken and shortened to fit, pixels are packed. Knows nothing of cards or windows.
import type { Image } from '../../protocol/messages.ts';
import type { ScreenFont } from './font.ts';
import { heatshrink } from './heatshrink.ts';
import { breakLines } from './line-breaking.ts';

const MISSING = '〓';
/** Code points that are not drawn: controls, joiners, marks of direction, variation selectors. */
const INVISIBLE = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Variation_Selector}/gu;
/** Longer texts are cut before they are looked at: no screen shows more. */
const TEXT_LIMIT_CHARACTERS = 200;

export interface TextImageRequest {
  text: string;
  tail?: string;
  widthPx: number;
  heightPx: number;
  emPx: number;
  lineLimit: number;
  /** A line that is too long is narrowed down to this part of its width before it is shortened; 1 when left out. */
  narrowestScale?: number;
}

export interface TextImageTools {
  font: ScreenFont;
  /** Told once per image and character, the code point only: a name is personal data. */
  onMissingGlyph: (codePoint: number) => void;
}

export function makeTextImage(request: TextImageRequest, tools: TextImageTools): Image {
  return packImage(makeTextBits(request, tools), request);
}

export function makeTextBits(request: TextImageRequest, tools: TextImageTools): Uint8Array {
  const { widthPx, heightPx, emPx, lineLimit, narrowestScale = 1 } = request;
  if (widthPx % 8 !== 0) throw new Error('the width of an image is a multiple of 8');
  const text = drawable(request.text, tools);
  const tail = request.tail === undefined ? '' : drawable(request.tail, tools);
  const wholePx = tools.font.measurePx(text + tail, emPx);
  const scale = Math.min(1, Math.max(narrowestScale, widthPx / wholePx));
  const lines = breakLines({
    text,
    ...(tail === '' ? {} : { tail }),
    widthPx,
    lineLimit,
    measurePx: (part) => tools.font.measurePx(part, emPx) * scale,
  });
  const lineHeightPx = Math.floor(heightPx / lineLimit);
  return tools.font.draw({ lines, widthPx, heightPx, emPx, lineHeightPx, scale });
}

export function packImage(bits: Uint8Array, size: { widthPx: number; heightPx: number }): Image {
  return { w: size.widthPx, h: size.heightPx, d: Buffer.from(heatshrink(bits)).toString('base64') };
}

function drawable(text: string, { font, onMissingGlyph }: TextImageTools): string {
  const visible = text.normalize('NFC').replace(/\s/gu, ' ').replace(INVISIBLE, '');
  return Array.from(visible)
    .slice(0, TEXT_LIMIT_CHARACTERS)
    .map((character) => {
      const codePoint = character.codePointAt(0)!;
      if (font.has(codePoint)) return character;
      onMissingGlyph(codePoint);
      return MISSING;
    })
    .join('');
}
