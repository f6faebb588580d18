// Draws bands through the panel's strip, a few strips a turn, so that keys are never kept waiting. A new list
// replaces the rest of the last one; what is already right on the panel is left alone.
import type { Panel, Timers } from '../ports.ts';
import { type Band, type Item, NO_FILL, sameBand } from './bands.ts';

/** On a 240 MHz board a strip takes about 4 ms: the time a key may have to wait. */
const STRIPS_PER_TURN = 8;

export interface Renderer<View> {
  /** Bands are drawn in their order, in later turns. */
  show(bands: Band<View>[], view: View): void;
  /** Draws one band before it returns, over whatever is there; `show` with the rest of the screen must follow. */
  showNow(band: Band<View>, view: View): void;
}

/** `theme`: the colour that stands for one of theme.ts; without it they are as they are. */
export function createRenderer<View>(
  panel: Panel,
  timers: Timers,
  theme?: (color: number) => number,
): Renderer<View> {
  const canvas = panel.canvas;
  const right = panel.widthPx - 1;
  const rows = panel.stripRows;
  let view: View;
  let wanted: Band<View>[] = [];
  let queue: Band<View>[] = [];
  let items: Item[] | undefined;
  let top = 0;
  let scheduled = false;

  const toned = (color: number) => (theme ? theme(color) : color);

  /** What lies partly in the strip the canvas clips. */
  function drawStrip(band: Band<View>): void {
    if (band.paper !== NO_FILL) canvas.setColor(toned(band.paper)).fillRect(0, 0, right, rows - 1);
    for (const item of items!) {
      const y = item.y - top;
      if (y >= rows || y + item.h <= 0) continue;
      canvas.setColor(toned(item.ink));
      if (item.image) canvas.setBgColor(toned(item.paper)).drawImage(item.image, item.x, y);
      else canvas.fillRect(item.x, y, item.x + item.w - 1, y + item.h - 1);
    }
    panel.show(top);
    top += rows;
  }

  /** A band that cannot be drawn is left out, and the rest goes on. */
  function turn(): void {
    scheduled = false;
    try {
      drawSome();
    } catch (error) {
      queue.shift();
      items = undefined;
      schedule();
      throw error;
    }
    schedule();
  }

  function drawSome(): void {
    for (let count = STRIPS_PER_TURN; count > 0 && queue.length > 0; count--) {
      const band = queue[0]!;
      if (!items) begin(band);
      drawStrip(band);
      if (top < band.top + band.rows) continue;
      queue.shift();
      items = undefined;
      if (queue.length === 0) panel.done();
    }
  }

  function begin(band: Band<View>): void {
    items = band.paint(view, band);
    top = band.top;
  }

  function schedule(): void {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    timers.after(Math.max(0, (panel.readyAtMs || 0) - timers.uptimeMs()), turn);
  }

  return {
    show(bands, newView) {
      view = newView;
      const onPanel = wanted.filter((band) => !queue.includes(band));
      const current = items ? queue[0] : undefined;
      const isCurrent = (band: Band<View>) => current !== undefined && sameBand(band, current);
      const goesOn = bands.some(isCurrent);
      if (!goesOn) items = undefined;
      wanted = bands.map((band) => (isCurrent(band) ? current! : band));
      queue = wanted.filter((band) => band !== current && !onPanel.some((shown) => sameBand(shown, band)));
      if (goesOn) queue.unshift(current!);
      schedule();
    },
    showNow(band, newView) {
      view = newView;
      const isApart = (other: Band<View>) =>
        other.top >= band.top + band.rows || other.top + other.rows <= band.top;
      // The band in the middle of its strips starts again.
      begin(band);
      while (top < band.top + band.rows) drawStrip(band);
      items = undefined;
      wanted = wanted.filter(isApart);
      queue = queue.filter(isApart);
      wanted.push(band);
    },
  };
}
