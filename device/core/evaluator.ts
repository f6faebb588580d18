// The evaluator as a pure machine: what is on the screen, what a key means now, and what the network may change.
// After the first key nothing from the network takes effect before the record is written: it is only learned.
import {
  CHANGE_WINDOW_MS,
  FLAG_CHANGED,
  FLAG_CLOCK_SET,
  FLAG_OFFLINE,
  FLAG_UNLINKED,
  INVITATION_MIN_SECONDS,
  type Level,
  NO_HANDLE,
} from '../../protocol/constants.ts';
import type { SoundName } from '../ports.ts';
import type { EvaluatorEvent } from './events.ts';
import { type Known, learn } from './known.ts';

export const THANKS_MS = 2500;
/** Changes of mind that restart the 3 s; later keys are not taken, so that no press stays unwritten for ever. */
export const CHANGE_LIMIT = 8;
const ALL_LIGHTS = 31;

/** What will be the record. */
export interface Ballot {
  invitation: string;
  staff: string;
  level: Level;
  uptimeMs: number;
  wallMs: number;
  flags: number;
  changes: number;
}

export type State =
  | { name: 'unprovisioned' | 'idle' | 'card' | 'paused' | 'full' | 'fault'; known: Known }
  /** `shown` is what was known at the first key: that is what the press is for. */
  | { name: 'chosen' | 'writing' | 'thanks'; known: Known; shown: Known; ballot: Ballot };
export type BallotState = Extract<State, { ballot: Ballot }>;

export type Effect =
  | { do: 'lights'; mask: number }
  | { do: 'sound'; name: SoundName }
  /** One timer only: setting it replaces the last, 0 stops it. */
  | { do: 'timer'; ms: number }
  | { do: 'append'; ballot: Ballot }
  | { do: 'thanked'; seq: number };

export interface Step {
  state: State;
  effects: Effect[];
}

const NOTHING: Effect[] = [];

export function next(state: State, event: EvaluatorEvent): Step {
  const known = state.name === 'unprovisioned' ? state.known : learn(state.known, event);
  switch (state.name) {
    case 'unprovisioned':
      return { state, effects: NOTHING };
    case 'chosen':
      if (event.type === 'timer') return write(state, known);
      if (event.type === 'key') return change(state, event);
      break;
    case 'writing':
      if (event.type === 'written')
        return {
          state: { name: 'thanks', known, shown: state.shown, ballot: state.ballot },
          effects: [
            { do: 'thanked', seq: event.seq },
            { do: 'sound', name: 'thanks' },
            { do: 'lights', mask: 0 },
            { do: 'timer', ms: THANKS_MS },
          ],
        };
      if (event.type === 'failed') return refuse(rest(known));
      break;
    case 'thanks':
      if (event.type === 'timer') return rest(known);
      break;
    case 'card':
      if (event.type === 'timer') return rest(withoutCard(known));
      return event.type === 'key' ? choose(state, event) : settle(state, known);
    default:
      return event.type === 'key' ? choose(state, event) : settle(state, known);
  }
  if (known === state.known) return { state, effects: NOTHING };
  return { state: { name: state.name, known, shown: state.shown, ballot: state.ballot }, effects: NOTHING };
}

export function stateAtBoot(known: Known, provisioned: boolean): State {
  return provisioned ? rest(known).state : { name: 'unprovisioned', known };
}

/** Shows what is to be shown when nobody is in the middle of a press. */
export function rest(known: Known): Step {
  const state: State = { name: restingName(known), known };
  const onCard = state.name === 'card';
  const effects: Effect[] = [
    { do: 'lights', mask: onCard ? ALL_LIGHTS : 0 },
    { do: 'timer', ms: onCard ? Math.max(known.card!.termSeconds, INVITATION_MIN_SECONDS) * 1000 : 0 },
  ];
  if (onCard) effects.push({ do: 'sound', name: 'invite' });
  return { state, effects };
}

function restingName(known: Known): 'idle' | 'card' | 'paused' | 'full' | 'fault' {
  if (known.fault) return 'fault';
  if (known.full) return 'full';
  if (known.desk?.paused) return 'paused';
  return known.card ? 'card' : 'idle';
}

/** At rest and something was learned: another screen only if it means another one, the same card keeps its term. */
function settle(state: State, known: Known): Step {
  if (known === state.known) return { state, effects: NOTHING };
  const sameCard = known.card?.invitation === state.known.card?.invitation;
  const name = restingName(known);
  if (name !== state.name || (name === 'card' && !sameCard)) return rest(known);
  return { state: { name, known }, effects: NOTHING };
}

type KeyPress = Extract<EvaluatorEvent, { type: 'key' }>;

function choose(state: State, key: KeyPress): Step {
  const known = state.known;
  const staff = known.desk ? known.desk.staff : NO_HANDLE;
  const unlinked =
    state.name === 'idle' && known.desk !== undefined && known.desk.unlinked && staff !== NO_HANDLE;
  if (state.name !== 'card' && !unlinked) return refuse({ state, effects: NOTHING });
  const ballot: Ballot = {
    invitation: unlinked ? NO_HANDLE : known.card!.invitation,
    staff: unlinked ? staff : known.card!.staff,
    level: key.level,
    uptimeMs: key.uptimeMs,
    wallMs: key.wallMs,
    flags: flagsOf(key, known) | (unlinked ? FLAG_UNLINKED : 0),
    changes: 0,
  };
  return { state: { name: 'chosen', known, shown: known, ballot }, effects: feedback(key.level) };
}

function change(state: BallotState, key: KeyPress): Step {
  const last = state.ballot;
  if (key.level === last.level || last.changes === CHANGE_LIMIT) return { state, effects: NOTHING };
  const ballot: Ballot = {
    invitation: last.invitation,
    staff: last.staff,
    level: key.level,
    uptimeMs: key.uptimeMs,
    wallMs: key.wallMs,
    flags: flagsOf(key, state.known) | FLAG_CHANGED | (last.flags & FLAG_UNLINKED),
    changes: last.changes + 1,
  };
  return {
    state: { name: 'chosen', known: state.known, shown: state.shown, ballot },
    effects: feedback(key.level),
  };
}

/** The same for every level. */
const feedback = (level: Level): Effect[] => [
  { do: 'lights', mask: 1 << (level - 1) },
  { do: 'sound', name: 'key' },
  { do: 'timer', ms: CHANGE_WINDOW_MS },
];

const flagsOf = (key: KeyPress, known: Known): number =>
  (key.wallMs > 0 ? FLAG_CLOCK_SET : 0) | (known.link === 'online' ? 0 : FLAG_OFFLINE);

function write(state: BallotState, known: Known): Step {
  return {
    state: { name: 'writing', known, shown: state.shown, ballot: state.ballot },
    effects: [{ do: 'append', ballot: state.ballot }],
  };
}

const refuse = (step: Step): Step => ({
  state: step.state,
  effects: step.effects.concat([{ do: 'sound', name: 'refused' }]),
});

const withoutCard = (known: Known): Known => Object.assign({}, known, { card: undefined });
