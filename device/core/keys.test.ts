import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Level } from '../../protocol/constants.ts';
import {
  BOUNCES_LIMIT,
  DOUBLE_STRIKE_MS,
  KEYS_AT_REST,
  type KeyEvent,
  levelsOf,
  nextKeys,
  STUCK_AFTER_MS,
} from './keys.ts';

function play(events: KeyEvent[]) {
  let state = KEYS_AT_REST;
  const pressed: Level[] = [];
  for (const event of events) {
    const step = nextKeys(state, event);
    state = step.state;
    if (step.pressed) pressed.push(step.pressed);
  }
  return { state, pressed };
}
const down = (level: Level, atMs: number): KeyEvent => ({ type: 'edge', level, down: true, atMs });
const up = (level: Level, atMs: number): KeyEvent => ({ type: 'edge', level, down: false, atMs });
const tick = (atMs: number): KeyEvent => ({ type: 'tick', atMs });

describe('the keys', () => {
  it('count a press at its first edge, for every level alike', () => {
    for (const level of [5, 4, 3, 2, 1] as const) expect(play([down(level, 0)]).pressed).toEqual([level]);
  });

  it('count a bouncing contact once', () => {
    const bounces = [0, 2, 3, 9, 15].flatMap((atMs) => [down(3, atMs), up(3, atMs + 1)]);
    expect(play([...bounces, down(3, 20), up(3, 120), down(3, 121), up(3, 122)]).pressed).toEqual([3]);
  });

  it('report a key whose contact bounces more than a sound one does, and go on with it', () => {
    const bouncing = (level: Level, times: number, fromMs: number) =>
      Array.from({ length: times + 1 }, (_, at) => [
        down(level, fromMs + 2 * at),
        up(level, fromMs + 2 * at + 1),
      ]).flat();
    expect(play(bouncing(3, BOUNCES_LIMIT, 0)).state.bouncing).toBe(0);
    const worn = play([...bouncing(3, BOUNCES_LIMIT + 1, 0), down(4, 1000), up(4, 1100), down(3, 2000)]);
    expect(levelsOf(worn.state.bouncing)).toEqual([3]);
    expect(worn.pressed).toEqual([3, 4, 3]);
    const sound = [1, 2, 3].flatMap((press) => bouncing(5, BOUNCES_LIMIT, 1000 * press));
    expect(play(sound).state.bouncing).toBe(0);
  });

  it('ignore a double strike and take the next press', () => {
    const second = DOUBLE_STRIKE_MS - 1;
    expect(play([down(1, 0), up(1, 60), down(1, second), up(1, second + 50)]).pressed).toEqual([1]);
    expect(play([down(1, 0), up(1, 60), down(1, DOUBLE_STRIKE_MS)]).pressed).toEqual([1, 1]);
  });

  it('take no second key while one is held', () => {
    expect(play([down(5, 0), down(1, 1000), up(5, 1100), up(1, 1200), down(1, 1300)]).pressed).toEqual([
      5, 1,
    ]);
  });

  it('report a key that is stuck, and the other four go on', () => {
    const stuck = play([down(2, 0), tick(STUCK_AFTER_MS - 1)]);
    expect(stuck.state.stuck).toBe(0);
    const step = nextKeys(stuck.state, tick(STUCK_AFTER_MS));
    expect([step.stuckChanged, levelsOf(step.state.stuck)]).toEqual([true, [2]]);
    for (const level of [5, 4, 3, 1] as const)
      expect(nextKeys(step.state, down(level, STUCK_AFTER_MS + 1)).pressed).toBe(level);
    const freed = nextKeys(step.state, up(2, STUCK_AFTER_MS + 9));
    expect([freed.stuckChanged, freed.state.stuck]).toEqual([true, 0]);
    expect(nextKeys(freed.state, down(2, STUCK_AFTER_MS + 10)).pressed).toBe(2);
  });

  it('never give two presses nearer than a double strike, whatever the contacts do', () => {
    const edge = fc.record({
      level: fc.constantFrom<Level>(1, 2, 3, 4, 5),
      down: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 60 }), (edges) => {
        let atMs = 0;
        let last = -DOUBLE_STRIKE_MS;
        let state = KEYS_AT_REST;
        for (const { level, down: isDown, afterMs } of edges) {
          atMs += afterMs;
          const step = nextKeys(state, { type: 'edge', level, down: isDown, atMs });
          state = step.state;
          if (!step.pressed) continue;
          expect(atMs - last).toBeGreaterThanOrEqual(DOUBLE_STRIKE_MS);
          last = atMs;
        }
      }),
    );
  });
});
