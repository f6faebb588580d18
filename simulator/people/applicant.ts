// Runs the applicant machine before one evaluator: console lines in, keys out, one applicant at a time.
// The machine decides everything; this file keeps its state, its one timer and who waits for the outcome.
import type { Level } from '../../protocol/constants.ts';
import type { Cancel, WorldClock } from '../ports.ts';
import {
  type ApplicantEvent,
  type ApplicantOutcome,
  type ApplicantState,
  nextApplicant,
  type Screen,
} from './applicant-machine.ts';
import type { Decision } from './decisions.ts';

export interface ApplicantOptions {
  clock: WorldClock;
  press: (level: Level) => void;
  nextDecision: () => Decision;
}

export interface ApplicantSeat {
  /** The applicant with this invitation stands before the evaluator; resolves when they are done or gone. */
  receive(invitation: string): Promise<ApplicantOutcome>;
  onScreen(screen: Screen): void;
  /** False: nobody presses but visitors. */
  setActing(acting: boolean): void;
  /** No new cards come: whoever has none yet goes. */
  closeDoor(): void;
  /** The applicant goes, whatever they were doing. */
  callAway(): void;
}

export function createApplicantSeat(options: ApplicantOptions): ApplicantSeat {
  let state: ApplicantState = { at: 'away' };
  let screen: Screen = { name: '', invitation: undefined };
  let acting = true;
  let cancelTimer: Cancel | undefined;
  let finish: ((outcome: ApplicantOutcome) => void) | undefined;

  const rest = () => {
    cancelTimer?.();
    cancelTimer = undefined;
  };
  const step = (event: ApplicantEvent) => {
    const next = nextApplicant(state, event);
    state = next.state;
    for (const effect of next.effects) {
      if (effect.type === 'rest') rest();
      else if (effect.type === 'key') options.press(effect.level);
      else if (effect.type === 'wait') {
        rest();
        cancelTimer = options.clock.after(effect.ms, () => step({ type: 'timer' }));
      } else {
        finish?.(effect.outcome);
        finish = undefined;
      }
    }
  };
  return {
    receive: (invitation) =>
      new Promise((resolve) => {
        step({ type: 'called-away' });
        finish = resolve;
        const decision = acting ? options.nextDecision() : undefined;
        step({ type: 'arrive', errand: { invitation, decision }, screen });
      }),
    onScreen: (seen) => {
      screen = seen;
      step({ type: 'screen', screen });
    },
    setActing: (next) => {
      if (next === acting) return;
      acting = next;
      if (state.at !== 'away')
        step({ type: 'decide', decision: acting ? options.nextDecision() : undefined });
    },
    closeDoor: () => step({ type: 'closing' }),
    callAway: () => step({ type: 'called-away' }),
  };
}
