import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleScript } from '../../scripts/firmware/bundle.ts';
import { ESP32, NodeEngine } from '../engines/node-engine.ts';
import type { HardwareEvent } from '../espruino/host.ts';
import { PANEL_HEIGHT_PX, PANEL_WIDTH_PX, pictureOf } from './ili9341-picture.ts';

const ROWS = 4;
const DISPLAY_ON = 0x29;
/** A board's first screen, drawn so slowly that the panel wakes up in the middle of it. */
const SLOW_DRAWING = `
import { timers } from './boards/interpreter.ts';
import { initialize, openWindow, READY_AFTER_MS } from './boards/ili9341.ts';
const pins = { select: D5, command: D2, reset: D15 };
initialize(pins, timers);
let y = 0;
function draw() {
  if (y === 0) openWindow(pins, 0);
  SPI1.write(new Uint8Array(${PANEL_WIDTH_PX * 2 * ROWS}).fill(y + 1));
  y += ${ROWS};
  if (y < ${PANEL_HEIGHT_PX}) timers.after(5, draw);
  else print('drawn');
}
timers.after(READY_AFTER_MS, draw);
`;

describe('the panel of a board', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('shows every row of a screen that is being drawn while the panel wakes up', async () => {
    folder = mkdtempSync(join(tmpdir(), 'pingjia-panel-'));
    const { code } = await bundleScript({ entry: SLOW_DRAWING, version: '1' });
    const files = { '.bootcde': Buffer.from(code) };
    const engine = new NodeEngine({ folder, firmware: { board: 'x', version: '1', files }, geometry: ESP32 });
    const events: HardwareEvent[] = [];
    const lines: string[] = [];
    engine.onHardware((event) => events.push(event));
    engine.onConsoleLine((line) => lines.push(line));
    await engine.powerOn();
    await expect.poll(() => lines, { timeout: 10_000 }).toContain('drawn');
    await engine.powerOff();
    const picture = pictureOf(events)!;
    const rows = Array.from({ length: PANEL_HEIGHT_PX }, (_, row) => picture[row * PANEL_WIDTH_PX * 2]);
    expect(rows).toEqual(rows.map((_, row) => Math.floor(row / ROWS) * ROWS + 1));
    const lit = events.findLastIndex(
      (event) => event.kind === 'bus-write' && event.bytes.length === 1 && event.bytes[0] === DISPLAY_ON,
    );
    expect(pictureOf(events.slice(0, lit))).toBeUndefined();
  });
});
