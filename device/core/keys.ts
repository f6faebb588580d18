// Raw edges of the five keys to clean presses, as a pure machine. A press counts at its first edge, so that
// feedback is at once; bounces, double strikes, two keys at a time and stuck keys are sorted out here.
import type { Level } from '../../protocol/constants.ts';

/** After an accepted press nothing counts for this long: contacts bounce up to 20 ms, hands strike twice within 250. */
export const DOUBLE_STRIKE_MS = 250;
/** A sound contact closes a few times at a press; one that closes more often before the next may count is worn or dirty. */
export const BOUNCES_LIMIT = 16;
/** A key held this long is stuck: reported, and ignored until it has been let go. */
export const STUCK_AFTER_MS = 30_000;

export interface KeysState {
  /** Bit level−1: down, stuck, bounced beyond the limit since boot. */
  down: number;
  stuck: number;
  bouncing: number;
  /** Edges down that did not count since the last one that could. */
  bounces: number;
  /** When the last press was accepted and when each key went down, by level−1. */
  pressedAtMs: number;
  downAtMs: readonly number[];
}

export type KeyEvent =
  | { type: 'edge'; level: Level; down: boolean; atMs: number }
  | { type: 'tick'; atMs: number };

export interface KeyStep {
  state: KeysState;
  pressed?: Level | undefined;
  /** The mask of stuck keys changed. */
  stuckChanged?: boolean;
}

export const KEYS_AT_REST: KeysState = {
  down: 0,
  stuck: 0,
  bouncing: 0,
  bounces: 0,
  pressedAtMs: -DOUBLE_STRIKE_MS,
  downAtMs: [0, 0, 0, 0, 0],
};

export function nextKeys(state: KeysState, event: KeyEvent): KeyStep {
  if (event.type === 'tick') return findStuck(state, event.atMs);
  const bit = 1 << (event.level - 1);
  if (event.down === ((state.down & bit) !== 0)) return { state };
  if (!event.down) return release(state, bit);
  const settled = event.atMs - state.pressedAtMs >= DOUBLE_STRIKE_MS;
  const counts = settled && !(state.down & ~state.stuck);
  const bounces = settled ? 0 : state.bounces + 1;
  const downAtMs = state.downAtMs.slice();
  downAtMs[event.level - 1] = event.atMs;
  const next: KeysState = {
    down: state.down | bit,
    stuck: state.stuck,
    bouncing: bounces > BOUNCES_LIMIT ? state.bouncing | bit : state.bouncing,
    bounces,
    pressedAtMs: counts ? event.atMs : state.pressedAtMs,
    downAtMs,
  };
  return { state: next, pressed: counts ? event.level : undefined };
}

function release(state: KeysState, bit: number): KeyStep {
  return {
    state: changed(state, state.down & ~bit, state.stuck & ~bit),
    stuckChanged: (state.stuck & bit) !== 0,
  };
}

function findStuck(state: KeysState, atMs: number): KeyStep {
  let stuck = state.stuck;
  state.downAtMs.forEach((downAtMs, index) => {
    const bit = 1 << index;
    if (state.down & bit && atMs - downAtMs >= STUCK_AFTER_MS) stuck |= bit;
  });
  return { state: changed(state, state.down, stuck), stuckChanged: stuck !== state.stuck };
}

const changed = (state: KeysState, down: number, stuck: number): KeysState =>
  Object.assign({}, state, { down, stuck });

/** Levels of the keys in a mask, lowest first. */
export const levelsOf = (mask: number): number[] =>
  [1, 2, 3, 4, 5].filter((level) => mask & (1 << (level - 1)));
