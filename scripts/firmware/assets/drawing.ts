// A sheet to draw a bitmap on and its bits. The typeface is Noto Sans SC out of its package, never one of the
// system, so that every machine builds the same bytes.
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';

const FACES = { medium: '500Medium/NotoSansSC_500Medium.ttf', bold: '700Bold/NotoSansSC_700Bold.ttf' };
export type Weight = keyof typeof FACES;
/** Ink at least this dense (0–255) is a one: keeps strokes of 24 px Chinese at an even 2 px. */
const INK_THRESHOLD = 130;

export interface AssetBitmap {
  widthPx: number;
  heightPx: number;
  /** Rows of bits, most significant first. */
  bits: Uint8Array;
}

export interface Sheet {
  context: SKRSContext2D;
  finish(): AssetBitmap;
}

const familyOf = (weight: Weight) => `Pingjia Device ${weight}`;

function useTypeface(weight: Weight): void {
  if (GlobalFonts.has(familyOf(weight))) return;
  const path = createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans-sc/${FACES[weight]}`);
  if (!GlobalFonts.registerFromPath(path, familyOf(weight)))
    throw new Error(`the typeface ${path} cannot be used`);
}

export function openSheet(widthPx: number, heightPx: number): Sheet {
  if (widthPx % 8 !== 0) throw new Error('the width of a bitmap is a multiple of 8');
  const context = createCanvas(widthPx, heightPx).getContext('2d');
  context.fillStyle = '#fff';
  context.strokeStyle = '#fff';
  context.lineCap = 'round';
  context.lineJoin = 'round';
  return { context, finish: () => ({ widthPx, heightPx, bits: toBits(context, widthPx, heightPx) }) };
}

function toBits(context: SKRSContext2D, widthPx: number, heightPx: number): Uint8Array {
  const { data } = context.getImageData(0, 0, widthPx, heightPx);
  const bits = new Uint8Array((widthPx * heightPx) / 8);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel++)
    if (data[4 * pixel + 3]! >= INK_THRESHOLD) bits[pixel >> 3]! |= 0x80 >> (pixel & 7);
  return bits;
}

export interface Lettering {
  text: string;
  emPx: number;
  weight: Weight;
}

export function setFont(context: SKRSContext2D, { emPx, weight }: Omit<Lettering, 'text'>): void {
  useTypeface(weight);
  context.font = `${emPx}px "${familyOf(weight)}"`;
}

export function measureText({ text, emPx, weight }: Lettering): number {
  const { context } = openSheet(8, 8);
  setFont(context, { emPx, weight });
  return context.measureText(text).width;
}

export const isChinese = (text: string) => /[\u4e00-\u9fff]/.test(text);

/** Chinese fills its em from 0.86 above the baseline; Latin needs 0.21 below it. */
export const baselinePx = ({ text, emPx }: Lettering): number =>
  Math.round(emPx * (isChinese(text) ? 0.875 : 0.79));

/** Centred on `centerPx`; narrowed where it would be wider than `limitPx`. */
export function drawCentered(
  context: SKRSContext2D,
  lettering: Lettering,
  place: { centerPx: number; topPx: number; limitPx: number },
): void {
  setFont(context, lettering);
  const width = context.measureText(lettering.text).width;
  const scale = Math.min(1, place.limitPx / width);
  context.save();
  context.translate(place.centerPx - (width * scale) / 2, place.topPx + baselinePx(lettering));
  context.scale(scale, 1);
  context.fillText(lettering.text, 0, 0);
  context.restore();
}
