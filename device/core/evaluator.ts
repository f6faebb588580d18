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
import { change as changed, type Known, learn } from './known.ts';
import { codesOf, OFFER_WAIT_MS, openReasons, pick, type ReasonsState, waitMs } from './reasons.ts';

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
  | BallotState
  | ReasonsState;
export interface BallotState {
  name: 'chosen' | 'writing' | 'thanks';
  known: Known;
  shown: Known;
  ballot: Ballot;
}

export type Effect =
  | { do: 'lights'; mask: number }
  | { do: 'sound'; name: SoundName }
  /** One timer only: setting it replaces the last, 0 stops it. */
  | { do: 'timer'; ms: number }
  /** With reasons: those of the press before, else the press. */
  | { do: 'append'; ballot: Ballot; reasons?: number[] }
  | { do: 'thanked'; seq: number };

export interface Step {
  state: State;
  /** The timer first: what throws behind it leaves no state without its end. */
  effects: Effect[];
}

const NOTHING: Effect[] = [];

/** A key comes first in the order of tests: its answer is what a person waits for. */
export function next(state: State, event: EvaluatorEvent): Step {
  if (event.type === 'key') return press(state, event);
  if (state.name === 'unprovisioned') return { state, effects: NOTHING };
  const known = learn(state.known, event);
  if (state.name === 'reasons') return giveReasons(state, event, known);
  if ('ballot' in state) return goOn(state, event, known);
  if (event.type === 'timer' && state.name === 'card') return rest(changed(known, { card: undefined }));
  if (event.type === 'timer' && state.name === 'idle' && known.thanked) return rest(withoutThanked(known));
  return settle(state, known);
}

function press(state: State, key: KeyPress): Step {
  switch (state.name) {
    case 'card': {
      const card = state.known.card!;
      return choose(state.known, key, { invitation: card.invitation, staff: card.staff, flags: 0 });
    }
    case 'chosen':
      return change(state, key);
    case 'idle':
      return pressUnlinked(state, key);
    case 'reasons':
      return markReason(state, key);
    case 'paused':
    case 'full':
    case 'fault':
      return refuse({ state, effects: NOTHING });
    case 'unprovisioned':
    case 'writing':
    case 'thanks':
      return { state, effects: NOTHING };
  }
}

/** In the middle of a press what the network says is learned and otherwise waits. */
function goOn(state: BallotState, event: EvaluatorEvent, known: Known): Step {
  if (event.type === 'timer' && state.name === 'chosen')
    return {
      state: { name: 'writing', known, shown: state.shown, ballot: state.ballot },
      effects: [{ do: 'append', ballot: state.ballot }],
    };
  if (event.type === 'timer' && state.name === 'thanks') return rest(known);
  if (event.type === 'written' && state.name === 'writing') {
    // Reasons are asked for once: not for what they were given for.
    const thanked = event.reasons ? undefined : { seq: event.seq, ballot: state.ballot };
    return {
      state: {
        name: 'thanks',
        known: changed(known, { thanked, offer: undefined }),
        shown: state.shown,
        ballot: state.ballot,
      },
      effects: [
        { do: 'timer', ms: THANKS_MS },
        { do: 'thanked', seq: event.seq },
        { do: 'sound', name: 'thanks' },
        { do: 'lights', mask: 0 },
      ],
    };
  }
  if (event.type === 'failed' && state.name === 'writing') return refuse(rest(known));
  if (known === state.known) return { state, effects: NOTHING };
  return { state: { name: state.name, known, shown: state.shown, ballot: state.ballot }, effects: NOTHING };
}

/** No invitation, no press, and nobody who may still be asked for reasons: firmware and Storage may be changed. */
export const isAtRest = (state: State): boolean =>
  !('ballot' in state) && !state.known.card && !state.known.thanked;

export function stateAtBoot(known: Known, provisioned: boolean): State {
  return provisioned ? rest(known).state : { name: 'unprovisioned', known };
}

/** Shows what is to be shown when nobody is in the middle of a press. */
export function rest(known: Known): Step {
  const name = restingName(known);
  const page = name === 'idle' ? openReasons(known) : undefined;
  if (page) return { state: page, effects: [{ do: 'timer', ms: waitMs(0) }] };
  const state: State = { name, known: name === 'idle' ? known : withoutThanked(known) };
  const onCard = name === 'card';
  const idleMs = name === 'idle' && known.thanked ? OFFER_WAIT_MS : 0;
  const effects: Effect[] = [
    {
      do: 'timer',
      ms: onCard ? Math.max(known.card!.termSeconds, INVITATION_MIN_SECONDS) * 1000 : idleMs,
    },
    { do: 'lights', mask: onCard ? ALL_LIGHTS : 0 },
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
  if (name !== state.name || (name === 'card' && !sameCard) || known.offer) return rest(known);
  return { state: { name, known }, effects: NOTHING };
}

const withoutThanked = (known: Known): Known =>
  known.thanked ? changed(known, { thanked: undefined, offer: undefined }) : known;

/** What is marked is written when its time is over, or when something else must be shown. */
function giveReasons(state: ReasonsState, event: EvaluatorEvent, known: Known): Step {
  if (event.type !== 'timer' && restingName(known) === 'idle')
    return known === state.known
      ? { state, effects: NOTHING }
      : { state: Object.assign({}, state, { known }), effects: NOTHING };
  const codes = codesOf(state.offer, state.picked);
  if (codes.length === 0) return rest(withoutThanked(known));
  return {
    state: { name: 'writing', known, shown: known, ballot: state.ballot },
    effects: [
      { do: 'timer', ms: 0 },
      { do: 'append', ballot: state.ballot, reasons: codes },
    ],
  };
}

function markReason(state: ReasonsState, key: KeyPress): Step {
  const picked = pick(state, key.level);
  if (picked === undefined) return refuse({ state, effects: NOTHING });
  const ballot = Object.assign({}, state.ballot, {
    uptimeMs: key.uptimeMs,
    wallMs: key.wallMs,
    flags: flagsOf(key, state.known) | (state.ballot.flags & FLAG_UNLINKED),
  });
  return {
    state: { name: 'reasons', known: state.known, ballot, offer: state.offer, picked },
    effects: [
      { do: 'timer', ms: waitMs(picked) },
      { do: 'sound', name: 'key' },
    ],
  };
}

type KeyPress = Extract<EvaluatorEvent, { type: 'key' }>;

/** Without an invitation a press is taken only where the hall allows it and somebody has signed in. */
function pressUnlinked(state: State, key: KeyPress): Step {
  const desk = state.known.desk;
  if (!desk?.unlinked || desk.staff === NO_HANDLE) return refuse({ state, effects: NOTHING });
  return choose(state.known, key, { invitation: NO_HANDLE, staff: desk.staff, flags: FLAG_UNLINKED });
}

function choose(known: Known, key: KeyPress, subject: Pick<Ballot, 'invitation' | 'staff' | 'flags'>): Step {
  const ballot: Ballot = {
    invitation: subject.invitation,
    staff: subject.staff,
    level: key.level,
    uptimeMs: key.uptimeMs,
    wallMs: key.wallMs,
    flags: flagsOf(key, known) | subject.flags,
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
  { do: 'timer', ms: CHANGE_WINDOW_MS },
  { do: 'lights', mask: 1 << (level - 1) },
  { do: 'sound', name: 'key' },
];

const flagsOf = (key: KeyPress, known: Known): number =>
  (key.wallMs > 0 ? FLAG_CLOCK_SET : 0) | (known.link === 'online' ? 0 : FLAG_OFFLINE);

const refuse = (step: Step): Step => ({
  state: step.state,
  effects: step.effects.concat([{ do: 'sound', name: 'refused' }]),
});
