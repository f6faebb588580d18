// Draws bands through the panel's strip, a few strips a turn, so that keys are never kept waiting. A new list
// replaces the rest of the last one; what is already right on the panel is left alone.
import type { Panel, Timers } from '../ports.ts';
import { type Band, type Item, NO_FILL, sameBand } from './bands.ts';

/** On a 240 MHz board four strips take about 50 ms: the longest that a key may have to wait. */
const STRIPS_PER_TURN = 4;

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
  const rows = panel.stripRows;
  let view: View;
  let wanted: Band<View>[] = [];
  let queue: Band<View>[] = [];
  /** Of the band that is being drawn: its items, whether they need a background, the next strip, and its end. */
  let items: Item[] | undefined;
  let fills = false;
  let top = 0;
  let bottom = 0;
  let scheduled = false;

  const toned = (color: number) => (theme ? theme(color) : color);

  /**
   * At most `limit` strips. What lies outside one the canvas clips. The loop runs for every strip of a screen, and on the
   * interpreter a name costs the more the further out it was declared: so all it needs is at hand.
   */
  function drawStrips(limit: number): void {
    const target = canvas;
    const shown = panel;
    const own = items!;
    const cleared = fills;
    const height = rows;
    let at = top;
    const end = at + limit * height < bottom ? at + limit * height : bottom;
    for (; at < end; at += height) {
      if (cleared) target.clear();
      for (const item of own) {
        const y = item.y - at;
        if (item.image) target.drawImage(item.image, item.x, y);
        else fill(item, y);
      }
      shown.show(at);
    }
    top = at;
  }

  /** By itself: what a loop passes over it has to read all the same. */
  function fill(item: Item, y: number): void {
    canvas.setColor(item.ink).fillRect(item.x, y, item.x + item.w - 1, y + item.h - 1);
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
    let left = STRIPS_PER_TURN;
    while (left > 0 && queue.length > 0) {
      if (!items) begin(queue[0]!);
      const from = top;
      drawStrips(left);
      if (top < bottom) return;
      left -= (top - from) / rows;
      queue.shift();
      items = undefined;
      if (queue.length === 0) panel.done();
    }
  }

  /** Colours are the theme's from here on. An image brings its own: two calls less for each strip. */
  function begin(band: Band<View>): void {
    items = band.paint(view, band);
    top = band.top;
    bottom = top + band.rows;
    fills = band.paper !== NO_FILL;
    if (fills) canvas.setBgColor(toned(band.paper));
    for (const item of items) {
      const image = item.image;
      item.ink = toned(item.ink);
      if (image) image.palette = new Uint16Array([toned(item.paper), item.ink]);
    }
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
      drawStrips(band.rows / rows);
      items = undefined;
      wanted = wanted.filter(isApart);
      queue = queue.filter(isApart);
      wanted.push(band);
    },
  };
}
