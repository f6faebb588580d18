// One applicant before one evaluator as a pure machine: (state, event) gives (state, effects). It knows only what
// the screen says and its own decision; without a decision it stands aside and lets a visitor press.
import type { Level } from '../../protocol/constants.ts';
import type { Decision } from './decisions.ts';

export type ApplicantOutcome = 'thanked' | 'left' | 'gave-up' | 'turned-away';

export interface Errand {
  invitation: string;
  decision: Decision | undefined;
}

export type ApplicantState =
  | { at: 'away' }
  | { at: 'waiting'; errand: Errand }
  | { at: 'reading'; errand: Errand }
  | { at: 'pressing'; errand: Errand; level: Level; tries: number }
  | { at: 'chosen'; errand: Errand; changing: boolean };

export type ApplicantEvent =
  | { type: 'arrive'; errand: Errand; screen: Screen }
  | { type: 'screen'; screen: Screen }
  | { type: 'timer' }
  /** The switch "applicants press by themselves" was moved. */
  | { type: 'decide'; decision: Decision | undefined }
  /** No new cards come: whoever has none yet goes. */
  | { type: 'closing' }
  | { type: 'called-away' };

export interface Screen {
  name: string;
  invitation: string | undefined;
}

/** A new `wait` replaces the one before; `rest` ends it. */
export type ApplicantEffect =
  | { type: 'wait'; ms: number }
  | { type: 'rest' }
  | { type: 'key'; level: Level }
  | { type: 'done'; outcome: ApplicantOutcome };

export interface ApplicantStep {
  state: ApplicantState;
  effects: ApplicantEffect[];
}

/** So long an applicant waits for the card before going. */
export const PATIENCE_MS = 60_000;
/** A key that shows nothing is pressed again after this time, at most this often. */
const RETRY_AFTER_MS = 1500;
const TRIES_LIMIT = 3;

const stay = (state: ApplicantState): ApplicantStep => ({ state, effects: [] });
const done = (outcome: ApplicantOutcome): ApplicantStep => ({
  state: { at: 'away' },
  effects: [{ type: 'rest' }, { type: 'done', outcome }],
});

export function nextApplicant(state: ApplicantState, event: ApplicantEvent): ApplicantStep {
  switch (event.type) {
    case 'arrive':
      return look({ at: 'waiting', errand: event.errand }, event.screen, true);
    case 'called-away':
      return state.at === 'away' ? stay(state) : done('left');
    case 'closing':
      return state.at === 'waiting' || isIdleReader(state) ? done('left') : stay(state);
    case 'decide':
      return decide(state, event.decision);
    case 'screen':
      return onScreen(state, event.screen);
    case 'timer':
      return onTimer(state);
  }
}

function onScreen(state: ApplicantState, screen: Screen): ApplicantStep {
  switch (state.at) {
    case 'away':
      return stay(state);
    case 'waiting':
      return look(state, screen, false);
    case 'reading':
    case 'pressing':
      if (screen.name === 'chosen') return choose(state.errand);
      return screen.name === 'card' ? look(state, screen, false) : look(state, screen, true);
    case 'chosen':
      if (screen.name === 'chosen' || screen.name === 'writing') return stay(state);
      return done(screen.name === 'thanks' ? 'thanked' : 'turned-away');
  }
}

type WithErrand = Exclude<ApplicantState, { at: 'away' }>;

/** Is the card on the screen the one this applicant was invited with? */
function look(state: WithErrand, screen: Screen, afresh: boolean): ApplicantStep {
  const { errand } = state;
  const own = screen.invitation === errand.invitation;
  if (screen.name === 'chosen' && own) return choose(errand);
  if (screen.name === 'card' && own) return state.at === 'waiting' ? read(errand) : stay(state);
  if (state.at === 'waiting' && !afresh) return stay(state);
  return { state: { at: 'waiting', errand }, effects: [patience(errand)] };
}

const patience = (errand: Errand): ApplicantEffect =>
  errand.decision ? { type: 'wait', ms: PATIENCE_MS } : { type: 'rest' };

function read(errand: Errand): ApplicantStep {
  const effect: ApplicantEffect = errand.decision
    ? { type: 'wait', ms: errand.decision.afterMs }
    : { type: 'rest' };
  return { state: { at: 'reading', errand }, effects: [effect] };
}

function choose(errand: Errand): ApplicantStep {
  const { decision } = errand;
  const first = decision && !decision.leaves ? decision.first : undefined;
  return {
    state: { at: 'chosen', errand, changing: first !== undefined },
    effects: [first ? { type: 'wait', ms: first.changeAfterMs } : { type: 'rest' }],
  };
}

function onTimer(state: ApplicantState): ApplicantStep {
  switch (state.at) {
    case 'away':
      return stay(state);
    case 'waiting':
      return done('gave-up');
    case 'reading': {
      const { decision } = state.errand;
      if (!decision) return stay(state);
      if (decision.leaves) return done('left');
      return press(state.errand, decision.first?.level ?? decision.level, 1);
    }
    case 'pressing':
      if (state.tries === TRIES_LIMIT) return done('gave-up');
      return press(state.errand, state.level, state.tries + 1);
    case 'chosen': {
      const { decision } = state.errand;
      if (!state.changing || !decision || decision.leaves) return stay(state);
      return { state: { ...state, changing: false }, effects: [{ type: 'key', level: decision.level }] };
    }
  }
}

function press(errand: Errand, level: Level, tries: number): ApplicantStep {
  return {
    state: { at: 'pressing', errand, level, tries },
    effects: [
      { type: 'key', level },
      { type: 'wait', ms: RETRY_AFTER_MS },
    ],
  };
}

/** A card that nobody but a visitor would press. */
const isIdleReader = (state: ApplicantState) => state.at === 'reading' && state.errand.decision === undefined;

/** Taking over from, or leaving the keys to, a visitor; a choice already made is finished as it is. */
function decide(state: ApplicantState, decision: Decision | undefined): ApplicantStep {
  if (state.at === 'away' || state.at === 'chosen' || state.at === 'pressing') return stay(state);
  const errand = { invitation: state.errand.invitation, decision };
  if (state.at === 'reading') return read(errand);
  return { state: { at: 'waiting', errand }, effects: [patience(errand)] };
}
