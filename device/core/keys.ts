// Raw edges of the five keys to clean presses, as a pure machine. A press counts at its first edge, so that
// feedback is at once; bounces, double strikes, two keys at a time and stuck keys are sorted out here.
import type { Level } from '../../protocol/constants.ts';

/** After an accepted press nothing counts for this long: contacts bounce up to 20 ms, hands strike twice within 250. */
export const DOUBLE_STRIKE_MS = 250;
/** A key held this long is stuck: reported, and ignored until it has been let go. */
export const STUCK_AFTER_MS = 30_000;

export interface KeysState {
  /** Bit level−1: down, stuck. */
  down: number;
  stuck: number;
  /** When the last press was accepted and when each key went down, by level−1. */
  pressedAtMs: number;
  downAtMs: readonly number[];
}

export type KeyEvent =
  | { type: 'edge'; level: Level; down: boolean; atMs: number }
  | { type: 'tick'; atMs: number };

export interface KeyStep {
  state: KeysState;
  pressed?: Level;
  /** The mask of stuck keys changed. */
  stuckChanged?: boolean;
}

export const KEYS_AT_REST: KeysState = {
  down: 0,
  stuck: 0,
  pressedAtMs: -DOUBLE_STRIKE_MS,
  downAtMs: [0, 0, 0, 0, 0],
};

export function nextKeys(state: KeysState, event: KeyEvent): KeyStep {
  if (event.type === 'tick') return findStuck(state, event.atMs);
  const bit = 1 << (event.level - 1);
  if (event.down === ((state.down & bit) !== 0)) return { state };
  if (!event.down) return release(state, bit);
  const counts = !(state.down & ~state.stuck) && event.atMs - state.pressedAtMs >= DOUBLE_STRIKE_MS;
  const downAtMs = state.downAtMs.slice();
  downAtMs[event.level - 1] = event.atMs;
  const next: KeysState = {
    down: state.down | bit,
    stuck: state.stuck,
    pressedAtMs: counts ? event.atMs : state.pressedAtMs,
    downAtMs,
  };
  return counts ? { state: next, pressed: event.level } : { state: next };
}

function release(state: KeysState, bit: number): KeyStep {
  const wasStuck = (state.stuck & bit) !== 0;
  const next: KeysState = {
    down: state.down & ~bit,
    stuck: state.stuck & ~bit,
    pressedAtMs: state.pressedAtMs,
    downAtMs: state.downAtMs,
  };
  return wasStuck ? { state: next, stuckChanged: true } : { state: next };
}

function findStuck(state: KeysState, atMs: number): KeyStep {
  let stuck = state.stuck;
  state.downAtMs.forEach((downAtMs, index) => {
    const bit = 1 << index;
    if (state.down & bit && atMs - downAtMs >= STUCK_AFTER_MS) stuck |= bit;
  });
  if (stuck === state.stuck) return { state };
  return {
    state: { down: state.down, stuck, pressedAtMs: state.pressedAtMs, downAtMs: state.downAtMs },
    stuckChanged: true,
  };
}

/** Levels of the keys in a mask, lowest first. */
export const levelsOf = (mask: number): number[] =>
  [1, 2, 3, 4, 5].filter((level) => mask & (1 << (level - 1)));
