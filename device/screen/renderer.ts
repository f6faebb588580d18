// Draws bands through the panel's strip, a few strips a turn, so that keys are never kept waiting. A new list
// replaces the rest of the last one; what is already right on the panel is left alone.
import type { Panel, Timers } from '../ports.ts';
import { type Band, type Item, NO_FILL, sameBand } from './bands.ts';

/** On a 240 MHz board a strip takes about 8 ms: the time a key may have to wait. */
const STRIPS_PER_TURN = 4;

export interface Renderer<View> {
  /** Bands are drawn in their order; with `urgent` the first one before this returns. */
  show(bands: Band<View>[], view: View, urgent: boolean): void;
}

export function createRenderer<View>(panel: Panel, timers: Timers): Renderer<View> {
  const canvas = panel.canvas;
  let view: View;
  let wanted: Band<View>[] = [];
  let queue: Band<View>[] = [];
  let items: Item[] | undefined;
  let top = 0;
  let scheduled = false;

  function drawStrip(): void {
    const band = queue[0]!;
    if (!items) {
      items = band.paint(view);
      top = band.top;
    }
    const bottom = top + panel.stripRows;
    if (band.paper !== NO_FILL)
      canvas.setColor(band.paper).fillRect(0, 0, panel.widthPx - 1, panel.stripRows - 1);
    for (const item of items) {
      if (item.y < bottom && item.y + item.h > top) {
        canvas.setColor(item.ink);
        if (item.image) canvas.setBgColor(item.paper).drawImage(item.image, item.x, item.y - top);
        else canvas.fillRect(item.x, item.y - top, item.x + item.w - 1, item.y + item.h - 1 - top);
      }
    }
    panel.show(top);
    top = bottom;
    if (top < band.top + band.rows) return;
    queue.shift();
    items = undefined;
    if (queue.length === 0) panel.done();
  }

  function drawSome(): void {
    scheduled = false;
    for (let count = 0; count < STRIPS_PER_TURN && queue.length > 0; count++) drawStrip();
    schedule();
  }

  function schedule(): void {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    timers.after(0, drawSome);
  }

  return {
    show(bands, newView, urgent) {
      view = newView;
      const onPanel = wanted.filter((band) => !queue.includes(band));
      // An urgent band overtakes the one in the middle of its strips, which then starts again.
      const current = items && !urgent ? queue[0] : undefined;
      const isCurrent = (band: Band<View>) => current !== undefined && sameBand(band, current);
      const goesOn = bands.some(isCurrent);
      if (!goesOn) items = undefined;
      wanted = bands.map((band) => (isCurrent(band) ? current! : band));
      queue = wanted.filter((band) => band !== current && !onPanel.some((shown) => sameBand(shown, band)));
      if (goesOn) queue.unshift(current!);
      if (urgent && queue.length > 0) {
        const first = queue[0];
        while (queue[0] === first) drawStrip();
      }
      schedule();
    },
  };
}
