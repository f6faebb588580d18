import { describe, expect, it } from 'vitest';
import type { State } from '../../device/core/evaluator.ts';
import { levelAt } from '../../device/screen/touch-areas.ts';
import { makeScenes } from '../../scripts/firmware/screens/scenes.ts';

const scenes = makeScenes();
const scene = (name: string): State => scenes[name]!.state;

/** Pixels of each key's area. */
function areas(state: State): Map<number, { width: number; height: number; pixels: number }> {
  const bounds = new Map<
    number,
    { left: number; right: number; top: number; bottom: number; pixels: number }
  >();
  for (let y = 0; y < 240; y++)
    for (let x = 0; x < 320; x++) {
      const level = levelAt(state, x, y);
      const at = bounds.get(level) ?? { left: x, right: x, top: y, bottom: y, pixels: 0 };
      at.left = Math.min(at.left, x);
      at.right = Math.max(at.right, x);
      at.bottom = y;
      at.pixels++;
      bounds.set(level, at);
    }
  return new Map(
    [...bounds].map(([level, { left, right, top, bottom, pixels }]) => [
      level,
      { width: right - left + 1, height: bottom - top + 1, pixels },
    ]),
  );
}

describe('the areas of a screen that are its keys', () => {
  it('are as large for every level, and larger than a thumb: 64 by 112 pixels are 11 by 20 mm', () => {
    for (const name of ['card', 'chosen-1', 'idle', 'paused']) {
      const found = areas(scene(name));
      for (const level of [5, 4, 3, 2, 1])
        expect(found.get(level), name).toEqual({ width: 64, height: 112, pixels: 64 * 112 });
    }
  });

  it('lie from the best level at the left to the worst at the right, whatever is measured beyond the edges', () => {
    const levels = [-20, 32, 96, 160, 224, 288, 340].map((x) => levelAt(scene('card'), x, 250));
    expect(levels).toEqual([5, 5, 4, 3, 2, 1, 1]);
    expect(levelAt(scene('card'), 160, 127)).toBe(0);
  });

  it('are the rows of the page of reasons, and nothing where no reason is', () => {
    const levels = (name: string, places: number[]) => places.map((y) => levelAt(scene(name), 160, y));
    expect(levels('reasons', [-9, 39, 40, 79, 80, 130, 170, 239, 250])).toEqual([0, 0, 5, 5, 4, 3, 2, 1, 0]);
    expect(levels('reasons-few', [20, 41, 95, 97, 207, 209])).toEqual([0, 5, 5, 4, 3, 0]);
  });
});
