import { describe, expect, it } from 'vitest';
import type { Bitmap, Canvas, Panel, Timers } from '../ports.ts';
import { type Band, picture, rectangle } from './bands.ts';
import { createRenderer } from './renderer.ts';

const ROWS = 8;
const image: Bitmap = { width: 8, height: 16, bpp: 1, buffer: new Uint8Array(16).buffer };

function makePanel() {
  const drawn: { top: number; calls: string[] }[] = [];
  let calls: string[] = [];
  let passes = 0;
  const canvas: Canvas = {
    setColor: () => canvas,
    setBgColor: () => canvas,
    clear() {
      calls.push('clear');
      return canvas;
    },
    fillRect(left, top, right, bottom) {
      calls.push(`fill ${left} ${top} ${right} ${bottom}`);
      return canvas;
    },
    drawImage(_image, left, top) {
      calls.push(`image ${left} ${top}`);
      return canvas;
    },
  };
  const panel: Panel = {
    widthPx: 320,
    heightPx: 240,
    stripRows: ROWS,
    canvas,
    show(top) {
      drawn.push({ top, calls });
      calls = [];
    },
    done() {
      passes++;
    },
  };
  const take = () => drawn.splice(0).map((strip) => strip.top);
  return { panel, drawn, take, passes: () => passes };
}

function makeTurns() {
  const turns: (() => void)[] = [];
  const timers: Timers = { uptimeMs: () => 0, after: (_ms, run) => turns.push(run), cancel: () => undefined };
  const runAll = () => {
    let count = 0;
    for (let run = turns.shift(); run; run = turns.shift()) {
      run();
      count++;
    }
    return count;
  };
  return { timers, turns, runAll };
}

const band = (top: number, rows: number, key: string, subject?: object): Band<string> => ({
  top,
  rows,
  paper: 0,
  key,
  subject,
  paint: () => [picture(image, 10, top + 4, 1, 0), rectangle(0, top, 320, 2, 1)],
});

describe('the renderer', () => {
  it('draws only the rows that became different', () => {
    const { panel, take } = makePanel();
    const { timers, runAll } = makeTurns();
    const renderer = createRenderer<string>(panel, timers);
    renderer.show([band(0, 16, 'clock 1'), band(16, 16, 'name')], 'view');
    runAll();
    expect(take()).toEqual([0, 8, 16, 24]);
    renderer.show([band(0, 16, 'clock 2'), band(16, 16, 'name')], 'view');
    runAll();
    expect(take()).toEqual([0, 8]);
    renderer.show([band(0, 16, 'clock 2'), band(16, 16, 'name', {})], 'view');
    runAll();
    expect(take()).toEqual([16, 24]);
  });

  it('hands every strip to the panel with what lies on it, in the coordinates of the strip', () => {
    const { panel, drawn } = makePanel();
    const { timers, runAll } = makeTurns();
    createRenderer<string>(panel, timers).show([band(16, 16, 'a')], 'view');
    runAll();
    expect(drawn.map((strip) => strip.calls)).toEqual([
      ['clear', 'image 10 4', 'fill 0 0 319 1'],
      // What lies outside it is the canvas's to clip: asking first would take longer.
      ['clear', 'image 10 -4', 'fill 0 -8 319 -7'],
    ]);
  });

  it('never draws more than four strips before a key may be heard', () => {
    const { panel, drawn } = makePanel();
    const { timers, turns } = makeTurns();
    createRenderer<string>(panel, timers).show([band(0, 240, 'all')], 'view');
    while (turns.length > 0) {
      const before = drawn.length;
      turns.shift()!();
      expect(drawn.length - before).toBeLessThanOrEqual(4);
    }
    expect(drawn.length).toBe(30);
  });

  it('shows a mark at once, in front of a screen that is still being drawn', () => {
    const { panel, take } = makePanel();
    const { timers, turns, runAll } = makeTurns();
    const renderer = createRenderer<string>(panel, timers);
    renderer.show([band(0, 216, 'card'), band(216, 24, 'keys')], 'view');
    turns.shift()!();
    take();
    renderer.showNow(band(216, 24, 'marked'), 'view');
    expect(take()).toEqual([216, 224, 232]);
    renderer.show([band(216, 24, 'marked'), band(0, 216, 'card')], 'view');
    runAll();
    expect(take()).toEqual(Array.from({ length: 27 }, (_, index) => index * 8));
  });

  it('draws again whatever a mark has covered', () => {
    const { panel, take } = makePanel();
    const { timers, runAll } = makeTurns();
    const renderer = createRenderer<string>(panel, timers);
    const idle = () => [band(0, 208, 'clock'), band(208, 32, 'status')];
    renderer.show(idle(), 'view');
    runAll();
    take();
    renderer.showNow(band(216, 24, 'marked'), 'view');
    take();
    renderer.show(idle(), 'view');
    runAll();
    expect(take()).toEqual([208, 216, 224, 232]);
  });

  it('leaves out a band that cannot be drawn, and draws the rest', () => {
    const { panel, take } = makePanel();
    const { timers, turns, runAll } = makeTurns();
    const broken = band(0, 16, 'broken');
    broken.paint = () => {
      throw new Error('paint');
    };
    createRenderer<string>(panel, timers).show([broken, band(16, 16, 'sound')], 'view');
    expect(() => turns.shift()!()).toThrow('paint');
    runAll();
    expect(take()).toEqual([16, 24]);
  });

  it('shows nothing before the panel is ready', () => {
    const { panel } = makePanel();
    const delaysMs: number[] = [];
    const timers: Timers = { uptimeMs: () => 30, after: (ms) => delaysMs.push(ms), cancel: () => undefined };
    createRenderer<string>({ ...panel, readyAtMs: 130 }, timers).show([band(0, 16, 'first')], 'view');
    expect(delaysMs).toEqual([100]);
  });

  it('goes on with a band that is wanted still, and tells when all is on the panel', () => {
    const { panel, take, passes } = makePanel();
    const { timers, turns, runAll } = makeTurns();
    const renderer = createRenderer<string>(panel, timers);
    renderer.show([band(0, 80, 'large')], 'view');
    turns.shift()!();
    renderer.show([band(0, 80, 'large')], 'view');
    runAll();
    expect(take()).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64, 72]);
    expect(passes()).toBe(1);
    renderer.show([band(0, 80, 'large')], 'view');
    expect(runAll()).toBe(0);
  });
});
