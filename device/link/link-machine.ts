// The way to the gateway and back as a pure machine: which step comes after which event. Probing, connecting,
// timers and messages are the link's.
import type { LinkState } from '../contracts.ts';

/** Failures in a row that still lengthen the wait. */
const ATTEMPT_LIMIT = 16;

export type LinkMachine =
  | { kind: 'stopped' }
  /** `fault` is why the device is not online; `attempt` counts failures in a row. */
  | { kind: 'waiting'; fault: LinkState; attempt: number }
  | { kind: 'probing'; fault: LinkState; attempt: number }
  | { kind: 'opening'; fault: LinkState; attempt: number; nonce: string }
  /** Has said hello and has not heard the gateway itself. */
  | { kind: 'greeting'; fault: LinkState; attempt: number }
  | { kind: 'online' };

export type LinkEvent =
  | { type: 'start' }
  /** `fault`: why there is no link below IP; undefined where there is one. */
  | { type: 'waited'; fault: LinkState | undefined }
  | { type: 'answer'; nonce: string }
  | { type: 'silence' }
  | { type: 'ready' }
  /** A message whose MAC and counter are right. */
  | { type: 'heard' }
  | { type: 'closed'; refused: boolean };

/** Returns the same object when the event means nothing in this state. */
export function next(state: LinkMachine, event: LinkEvent): LinkMachine {
  switch (state.kind) {
    case 'stopped':
      return event.type === 'start' ? { kind: 'waiting', fault: 'connecting', attempt: 0 } : state;
    case 'waiting':
      if (event.type !== 'waited') return state;
      if (event.fault) return { kind: 'waiting', fault: event.fault, attempt: 0 };
      return { kind: 'probing', fault: state.fault, attempt: state.attempt };
    case 'probing':
      if (event.type === 'silence') return failed(state.attempt, 'no-gateway');
      return event.type === 'answer'
        ? { kind: 'opening', fault: state.fault, attempt: state.attempt, nonce: event.nonce }
        : state;
    case 'opening':
      if (event.type === 'closed') return failed(state.attempt, event.refused ? 'refused' : 'no-gateway');
      return event.type === 'ready'
        ? { kind: 'greeting', fault: state.fault, attempt: state.attempt }
        : state;
    case 'greeting':
      if (event.type === 'closed') return failed(state.attempt, 'no-gateway');
      return event.type === 'heard' ? { kind: 'online' } : state;
    case 'online':
      return event.type === 'closed' ? failed(0, 'connecting') : state;
  }
}

function failed(attempt: number, fault: LinkState): LinkMachine {
  return { kind: 'waiting', fault: fault, attempt: Math.min(attempt + 1, ATTEMPT_LIMIT) };
}

/** What the screen is told. */
export function linkStateOf(state: LinkMachine): LinkState {
  if (state.kind === 'online') return 'online';
  return state.kind === 'stopped' ? 'connecting' : state.fault;
}
