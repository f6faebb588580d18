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
