// Colours (RGB565) and the pairs of them that may carry text. A test holds every pair to a contrast of 4.5:1.

export const WHITE = 0xffff;
/** #101c30: text. */
export const INK = 0x10e6;
/** #0b5cad: the one accent. */
export const ACCENT = 0x0af5;
/** #5a6270: what was not chosen. */
export const DIM = 0x5b0e;
/** #eef3f8: behind the options. */
export const MIST = 0xef9f;
/** #a8201a: what staff must see. */
export const ALARM = 0xa903;

/** Of photos, the same in every theme. */
export const BLACK = 0x0000;
export const IVORY = 0xffdf;

/** Foreground and background of every text. */
export const TEXT_PAIRS: readonly (readonly [number, number])[] = [
  [INK, WHITE],
  [INK, MIST],
  [DIM, WHITE],
  [DIM, MIST],
  [ACCENT, WHITE],
  [ACCENT, MIST],
  [ALARM, MIST],
  [WHITE, ACCENT],
  [WHITE, INK],
  [WHITE, ALARM],
];

/** The high-contrast theme: what stands for each colour, light on black. Every pair reaches 7:1. */
export function highContrast(color: number): number {
  switch (color) {
    case WHITE:
    case MIST:
      return 0x0000;
    case INK:
      return 0xffff;
    case ACCENT:
      return 0xffe0;
    case DIM:
      return 0xbdf7;
    case BLACK:
    case IVORY:
      return color;
    default:
      return 0xfd20;
  }
}
