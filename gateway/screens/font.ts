// The one typeface of every screen: Noto Sans SC Medium from its package, never a font of the system, so that
// every gateway draws the same bytes. Answers which characters it has and draws lines of them as one-bit images.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';
import { create } from 'fontkit';

const FONT_FILE = '@expo-google-fonts/noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf';
const FAMILY = 'Pingjia Screen';
/** Ink at least this dense (0–255) lights a pixel: of 100 to 160 the one whose strokes are an even 2 px at 28 px. */
const INK_THRESHOLD = 140;
/** From the line's top to its baseline, as a part of the em: centres Chinese glyphs in their line. */
const BASELINE_EM = 0.88;

export interface TextLines {
  lines: string[];
  widthPx: number;
  heightPx: number;
  emPx: number;
  lineHeightPx: number;
  /** Of the width. */
  scale: number;
}

export interface ScreenFont {
  has(codePoint: number): boolean;
  measurePx(text: string, emPx: number): number;
  /** Rows of bits, most significant first; lines are set left and centred vertically. */
  draw(text: TextLines): Uint8Array;
}

export function openScreenFont(): ScreenFont {
  const bytes = readFileSync(createRequire(import.meta.url).resolve(FONT_FILE));
  const cmap = create(bytes);
  if (!GlobalFonts.has(FAMILY) && !GlobalFonts.register(bytes, FAMILY)) {
    throw new Error(`the typeface ${FONT_FILE} cannot be used`);
  }
  const ruler = createCanvas(8, 8).getContext('2d');
  return {
    has: (codePoint) => cmap.hasGlyphForCodePoint(codePoint),
    measurePx(text, emPx) {
      ruler.font = fontOf(emPx);
      return ruler.measureText(text).width;
    },
    draw: drawLines,
  };
}

const fontOf = (emPx: number) => `${emPx}px "${FAMILY}"`;

function drawLines(text: TextLines): Uint8Array {
  const { widthPx, heightPx, emPx, lineHeightPx, scale } = text;
  const context = createCanvas(widthPx, heightPx).getContext('2d');
  context.font = fontOf(emPx);
  context.fillStyle = '#fff';
  const topPx = Math.max(0, Math.floor((heightPx - lineHeightPx * text.lines.length) / 2));
  const baselinePx = Math.round((lineHeightPx - emPx) / 2 + BASELINE_EM * emPx);
  context.scale(scale, 1);
  text.lines.forEach((line, index) => {
    context.fillText(line, 0, topPx + index * lineHeightPx + baselinePx);
  });
  return toBits(context, widthPx, heightPx);
}

function toBits(context: SKRSContext2D, widthPx: number, heightPx: number): Uint8Array {
  const { data } = context.getImageData(0, 0, widthPx, heightPx);
  const bits = new Uint8Array((widthPx * heightPx) / 8);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel++) {
    if (data[4 * pixel + 3]! >= INK_THRESHOLD) bits[pixel >> 3]! |= 0x80 >> (pixel & 7);
  }
  return bits;
}
