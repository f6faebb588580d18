// The one buffer that every screen is drawn through: 320×8 pixels of 16 bits. A panel without frame memory on
// the interpreter's side would otherwise cost a call per pixel (espruino.md: seconds for a card).
import type { Canvas } from '../ports.ts';

export const PANEL_WIDTH_PX = 320;
export const PANEL_HEIGHT_PX = 240;
export const STRIP_ROWS = 8;

/** `msb`: each pixel's high byte first, as an ILI9341 wants them. */
export const makeStrip = (): Canvas & { buffer: ArrayBuffer } =>
  Graphics.createArrayBuffer(PANEL_WIDTH_PX, STRIP_ROWS, 16, { msb: true });
